/** Which channel a page is of, from what its address, its header and its head say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { channelPathOf, identify, type Head } from '../../../extension/src/content/detect/channel-page.ts';
import { isPostedBy } from '../../../extension/src/content/detect/channel-videos.ts';
import { placePill } from '../../../extension/src/content/learn/pill-place.ts';

const ID = `UC${'a'.repeat(22)}`;
const OTHER = `UC${'b'.repeat(22)}`;
const HEADER = { name: 'Fireship', handle: 'Fireship' };
const HEAD: Head = { name: 'Fireship', ids: [ID, ID], handles: [], isOfAddress: true };

for (const [what, path, header, head, identity] of [
  ['a page as it was loaded', '/@Fireship', HEADER, HEAD, [ID, 'Fireship', 'Fireship']],
  ['another page since: a head of the same name is not trusted', '/@Fireship', HEADER, { ...HEAD, isOfAddress: false }, ['', 'Fireship', 'Fireship']],
  ['a head that names the handle itself', '/@Fireship', HEADER, { ...HEAD, isOfAddress: false, handles: ['fireship'] }, [ID, 'Fireship', 'Fireship']],
  ['a head of another handle', '/@Fireship', HEADER, { ...HEAD, handles: ['Theo'] }, ['', 'Fireship', 'Fireship']],
  ['a head of another name', '/@Fireship', HEADER, { ...HEAD, name: 'Theo' }, ['', 'Fireship', 'Fireship']],
  ['a head with two ids', '/@Fireship', HEADER, { ...HEAD, ids: [ID, OTHER] }, ['', 'Fireship', 'Fireship']],
  ['a header of the channel before', '/@theo', HEADER, { ...HEAD, isOfAddress: false }, ['', 'theo', '@theo']],
  ['no header that is known', '/@theo', null, HEAD, ['', 'theo', '@theo']],
  ['an address with an id', `/channel/${OTHER}`, HEADER, HEAD, [OTHER, 'Fireship', 'Fireship']],
  ['an address with an id, and nothing else', `/channel/${OTHER}`, null, HEAD, [OTHER, '', OTHER]],
  ['a name of old: the header shows the handle', '/c/FireshipIO', HEADER, HEAD, [ID, 'Fireship', 'Fireship']],
  ['a name of old alone', '/user/FireshipIO', null, HEAD, ['', 'FireshipIO', '@FireshipIO']],
  ['a handle of other letters', '/@%E3%81%82', { name: 'あ', handle: 'あ' }, { ...HEAD, name: 'あ' }, [ID, 'あ', 'あ']],
] as const) {
  test(`${what}: ${identity.join(' ')}`, () => {
    const [id, handle, name] = identity;
    assert.deepEqual(identify(path, header, head), { id, handle, name });
  });
}

test('only pages of channels on the sites with channels have one', () => {
  const pathOf = (href: string): string | null => channelPathOf(new URL(href));
  assert.equal(pathOf('https://www.youtube.com/@Fireship/videos?view=0'), '/@Fireship');
  assert.equal(pathOf(`https://m.youtube.com/channel/${ID}`), `/channel/${ID}`);
  for (const href of ['https://www.youtube.com/', 'https://www.youtube.com/watch?v=dQw4w9WgXcQ', 'https://music.youtube.com/channel/UC', 'https://youtube.example/@a', 'https://www.youtube.com/results?q=/@a']) {
    assert.equal(pathOf(href), null, href);
  }
});

test('a card is of the channel where it names it, or names nobody on its page', () => {
  const channel = { id: '', handle: 'Fireship', name: 'Fireship' };
  const own = { names: [], handle: 'FireshipIO' }; // the page's address is one of old
  assert.ok(isPostedBy(own, channel, own));
  assert.ok(isPostedBy({ names: ['Fireship'], handle: null }, channel, own));
  assert.ok(isPostedBy({ names: ['Ann and Fireship', 'Ann', 'Fireship'], handle: null }, channel, own));
  assert.ok(!isPostedBy({ names: ['Theo'], handle: 'theo' }, channel, own));
  assert.ok(!isPostedBy({ names: [], handle: null, id: OTHER }, channel, own), 'nobody knows whose id that is');
  assert.ok(isPostedBy({ names: [], handle: null, id: ID }, { ...channel, id: ID }, own));
  assert.ok(!isPostedBy(null, channel, own), 'a list, or no card');
});

const LIMITS = { left: 0, top: 0, right: 1000, bottom: 400 };
const SUBSCRIBE = { left: 200, top: 100, right: 300, bottom: 136 };
const SIZE = { width: 180, height: 36 };

/** What of some boxes lies in another. */
function among(...boxes: readonly (typeof SUBSCRIBE)[]): (box: typeof SUBSCRIBE) => (typeof SUBSCRIBE)[] {
  return (box) => boxes.filter((one) => one.left < box.right && one.right > box.left && one.top < box.bottom && one.bottom > box.top);
}

for (const [what, mirrored, content, limits, left, top] of [
  ['beside the button', false, [], LIMITS, 308, 100],
  ['before it where lines run to the left', true, [], LIMITS, 12, 100],
  ['after the buttons that come next', false, [{ left: 308, top: 100, right: 380, bottom: 136 }, { left: 388, top: 100, right: 424, bottom: 136 }], LIMITS, 432, 100],
  ['below it where there is no room beside it', false, [], { ...LIMITS, left: 150, right: 420 }, 200, 144],
] as const) {
  test(`the pill stands ${what}`, () => {
    const box = placePill(SUBSCRIBE, SIZE, limits, mirrored, among(...content));
    assert.deepEqual([box?.left, box?.top], [left, top]);
  });
}

test('the pill stands nowhere where it would cover something', () => {
  const below = { left: 0, top: 137, right: 1000, bottom: 400 };
  assert.equal(placePill(SUBSCRIBE, SIZE, { ...LIMITS, left: 150, right: 420 }, false, among(below)), null);
  assert.equal(placePill(SUBSCRIBE, SIZE, { left: 190, top: 90, right: 310, bottom: 140 }, false, among()), null);
});
