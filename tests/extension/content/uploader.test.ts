/** Who posted a video, from what a card says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { firstLine, nameInRows, splitRow } from '../../../extension/src/content/detect/byline.ts';
import {
  authorsIn,
  channelOfPage,
  channelPath,
  handleOf,
  isUploadedBy,
  uploaderName,
  type Uploader,
} from '../../../extension/src/content/detect/uploader.ts';

const CHANNEL = { name: 'cafe_creme', displayName: 'Café Crème', handle: '@CafeCreme' };

function named(...names: string[]): Uploader {
  return { names, handle: null };
}

test('case, accents and spaces do not make another channel', () => {
  for (const name of ['Café Crème', 'CAFÉ CRÈME', 'cafe creme', ' Cafe\u0301  Cre\u0300me ', 'CaféCrème', '@cafecreme']) {
    assert.ok(isUploadedBy(named(name), CHANNEL), name);
  }
  assert.ok(isUploadedBy({ names: [], handle: 'cafecreme' }, CHANNEL));
  assert.ok(isUploadedBy({ names: ['A new name'], handle: 'CafeCreme' }, CHANNEL), 'names change, handles stay');
});

test('a similar name is another channel', () => {
  for (const name of ['Café Crème Clips', 'Café', 'Cafe & Creme Fan', 'Somebody']) {
    assert.ok(!isUploadedBy(named(name), CHANNEL), name);
  }
  assert.ok(!isUploadedBy({ names: ['Fan'], handle: 'cafecremefan' }, CHANNEL));
});

test('a channel without a handle is not everyone without one', () => {
  assert.ok(!isUploadedBy({ names: ['Somebody'], handle: '' }, { ...CHANNEL, handle: '' }));
});

test('one of several authors is an author', () => {
  for (const text of ['Ann and Café Crème', 'Café Crème, Ann', 'Ann & Café Crème', 'Café Crème et Ann']) {
    assert.ok(isUploadedBy(named(...authorsIn(text)), CHANNEL), text);
  }
  assert.ok(isUploadedBy(named(...authorsIn('Salt and Pepper')), { ...CHANNEL, displayName: 'Salt and Pepper' }));
  assert.equal(uploaderName(named(...authorsIn('Salt and Pepper'))), 'Salt and Pepper');
});

const LTT = { name: 'linus-tech-tips', displayName: 'linus-tech-tips', handle: '' };
const TOM = { name: 'toms', displayName: "Tom's", handle: '' };
const ID = 'UCsBjURrPoezykLs9EqgamOA';
const FIRESHIP = { name: 'fireship', displayName: 'Fireship', handle: '@Fireship', id: ID };

for (const [channel, text] of [
  [LTT, 'Linus Tech Tips'],
  [LTT, 'LinusTechTips'],
  [LTT, 'ＬＩＮＵＳ　ＴＥＣＨ　ＴＩＰＳ'],
  [LTT, 'Linus\u200b Tech\u00a0Tips\u200e •'],
  [LTT, 'Linus Tech Tips ✓'],
  [LTT, '🔥 Linus Tech Tips ™ 👨‍👩‍👧'],
  [LTT, 'Linus Tech Tips - Topic'],
  [LTT, 'Linus Tech Tips – Thème'],
  [LTT, 'LinusTechTipsVEVO'],
  [TOM, 'Tom’s'],
  [TOM, "TOM'S"],
  [TOM, 'Tom´s'],
  [FIRESHIP, 'Fireship and 3 more'],
  [FIRESHIP, 'Fireship et 3 autres'],
  [FIRESHIP, 'Fireship und 3 weitere'],
  [FIRESHIP, 'Fireship y 3 más'],
  [FIRESHIP, 'Fireship e mais 3'],
  [FIRESHIP, 'Fireship e altri 3'],
  [FIRESHIP, 'Fireship en nog 3'],
  [FIRESHIP, 'Fireship и ещё 3'],
  [FIRESHIP, 'Fireship 他 3 件'],
  [FIRESHIP, 'Fireship、他 3 件'],
  [FIRESHIP, 'Fireship和另外 3 个频道'],
  [FIRESHIP, 'Fireship 외 3명'],
  [FIRESHIP, 'Fireship و3 غيرها'],
  [FIRESHIP, 'Fireship और 3 अन्य'],
  [FIRESHIP, 'Ann, Fireship and 2 more'],
  [FIRESHIP, 'Ann, Bob and Fireship'],
  [FIRESHIP, 'Ann, Bob, and Fireship'],
  [FIRESHIP, 'Ann und Fireship'],
  [FIRESHIP, 'Ann и Fireship'],
  [FIRESHIP, 'Ann、Fireship'],
  [{ name: 'strasse', displayName: 'Straße', handle: '' }, 'STRASSE'],
  [{ name: 'stars', displayName: '★★★', handle: '' }, '★★★'],
  [{ name: 'がか', displayName: 'がか', handle: '' }, 'か\u3099か'],
] as const) {
  test(`"${text}" is no other poster than ${channel.displayName}`, () => {
    assert.ok(isUploadedBy(named(...authorsIn(text)), channel));
  });
}

for (const [channel, text] of [
  [FIRESHIP, 'Fireship Clips'],
  [FIRESHIP, 'Fireship 2'],
  [FIRESHIP, 'The Fireship'],
  [FIRESHIP, 'Fireships'],
  [LTT, 'Linus Tech Tips Fan'],
  [LTT, 'Linus Tech'],
  [TOM, 'Tom'],
  [{ name: 'stars', displayName: '★★★', handle: '' }, '★★'],
  [{ name: 'がか', displayName: 'がか', handle: '' }, 'かか'],
  [{ name: 'की', displayName: 'की', handle: '' }, 'का'],
  [{ name: 'a', displayName: 'C++', handle: '' }, 'C'],
] as const) {
  test(`"${text}" is another poster than ${channel.displayName}`, () => {
    assert.ok(!isUploadedBy(named(...authorsIn(text)), channel));
  });
}

test('an id tells a channel whatever its name and handle are', () => {
  assert.ok(isUploadedBy({ names: ['Renamed'], handle: null, id: ID }, FIRESHIP));
  assert.ok(!isUploadedBy({ names: ['Somebody'], handle: null, id: ID.replace('A', 'B') }, FIRESHIP));
  assert.ok(!isUploadedBy({ names: [], handle: null, id: ID.replace('A', 'B') }, FIRESHIP));
  assert.ok(isUploadedBy({ names: [], handle: null, id: ID }, LTT), 'nothing to compare it with');
});

test('a name that is taken by a channel with another id is another poster, unless there are several authors', () => {
  const id = ID.replace('A', 'B');
  assert.ok(!isUploadedBy({ names: ['Fireship'], handle: null, id }, FIRESHIP));
  assert.ok(isUploadedBy({ names: ['Ann', 'Fireship'], handle: null, id }, FIRESHIP));
});

test('a dot makes another handle', () => {
  const channel = { name: 'x', displayName: 'Ann Example', handle: '@ann.example1' };
  assert.ok(isUploadedBy({ names: ['Renamed'], handle: 'Ann.Example1' }, channel));
  assert.ok(!isUploadedBy({ names: ['Fan'], handle: 'annexample1' }, channel));
  assert.ok(isUploadedBy({ names: [], handle: 'café' }, { ...channel, handle: '@caf%C3%A9' }));
});

test('who has no name is called by the handle', () => {
  assert.equal(uploaderName({ names: [], handle: 'somebody' }), '@somebody');
});

test('links that lead to channels, and those that do not', () => {
  const base = 'https://www.youtube.com/watch?v=e2e_-000001';
  for (const [href, path] of [
    ['/@Fireship', '/@Fireship'],
    ['/@Fireship/videos?view=0', '/@Fireship'],
    ['https://www.youtube.com/@Fireship', '/@Fireship'],
    ['https://m.youtube.com/c/Fireship', '/c/Fireship'],
    ['/channel/UCsBjURrPoezykLs9EqgamOA', '/channel/UCsBjURrPoezykLs9EqgamOA'],
    ['/user/fireship', '/user/fireship'],
    ['/watch?v=x&next=/@Fireship', null],
    ['https://youtube.example/@Fireship', null],
    ['/@', null],
    ['', null],
    ['http://[', null],
  ] as const) {
    assert.equal(channelPath(href, base), path, href);
  }
});

test('handles in paths', () => {
  assert.equal(handleOf('/@Fireship'), 'Fireship');
  assert.equal(handleOf('/@caf%C3%A9'), 'café');
  assert.equal(handleOf('/@100%'), '100%');
  assert.equal(handleOf('/channel/UCsBjURrPoezykLs9EqgamOA'), null);
  assert.deepEqual(channelOfPage('/@Fireship/videos'), { names: [], handle: 'Fireship' });
  assert.deepEqual(channelOfPage(`/channel/${ID}/videos`), { names: [], handle: null, id: ID });
  assert.equal(channelOfPage('/watch'), null);
});

test('the name of a channel stands in the first line with something in it', () => {
  assert.equal(firstLine('\n   \n  Fireship \n\n Fireship\n Verified'), 'Fireship');
  assert.equal(firstLine(' \n '), '');
});

test('only the first of several rows names a channel', () => {
  for (const [rows, name] of [
    [['\n Fireship ', '1.2M views • 3 days ago'], 'Fireship'],
    [['1.2M views • 3 days ago'], ''], // on the page of a channel
    [['Fireship • Playlist', 'Updated today'], ''],
    [['Fireship •', '1.2M views'], 'Fireship'],
    [[' ', 'Fireship', '1.2M views'], 'Fireship'],
    [[], ''],
  ] as const) {
    assert.equal(nameInRows(rows.map(splitRow)), name, rows.join('|'));
  }
});

test('a channel and its views in one row', () => {
  const row = splitRow('Fireship • 1.2M views • 3 days ago');
  assert.equal(nameInRows([row]), 'Fireship');
  assert.equal(nameInRows([row], true), 'Fireship', 'somebody else, on the page of a channel');
  assert.equal(nameInRows([splitRow('1.2M views • 3 days ago • New')], true), '', 'its own');
  assert.equal(nameInRows([{ texts: ['Tom • Jerry', '1.2M', '3d'], beforeIcon: 1 }], true), 'Tom • Jerry');
  assert.equal(nameInRows([{ texts: ['Fireship', '1.2K'], beforeIcon: 1 }]), 'Fireship', 'without an age');
  assert.equal(nameInRows([{ texts: ['1.2M', '3d'], beforeIcon: 0 }]), '', 'nothing stands before the icon');
  assert.equal(nameInRows([{ texts: ['1.2M'], beforeIcon: 0 }, splitRow('Fireship')]), '');
  assert.equal(nameInRows([{ texts: ['168万', '5 か月前'], beforeIcon: null }]), '', 'views and age in any language');
});
