import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isLargeVariant, parseThumbnailUrl } from '../../../extension/src/shared/thumbnails.ts';

const ID = 'dQw4w9WgXcQ';
const HOSTS = ['i', 'i1', 'i2', 'i3', 'i4', 'i5', 'i6', 'i7', 'i8', 'i9']
  .map((name) => `${name}.ytimg.com`)
  .concat('img.youtube.com');

for (const host of HOSTS) {
  test(`${host} serves thumbnails`, () => {
    const url = `https://${host}/vi/${ID}/hqdefault.jpg`;
    assert.deepEqual(parseThumbnailUrl(url), { videoId: ID, variant: 'hqdefault', url });
  });
}

const ACCEPTED: [string, string, string][] = [
  ['WebP', `https://i.ytimg.com/vi_webp/${ID}/maxresdefault.webp`, `https://i.ytimg.com/vi_webp/${ID}/maxresdefault.webp`],
  ['WebP from the JPEG folder', `https://i.ytimg.com/vi/${ID}/0.webp`, `https://i.ytimg.com/vi/${ID}/0.webp`],
  ['a localised picture', `https://i.ytimg.com/vi_lc/${ID}/hq720_es.jpg?sqp=x`, `https://i.ytimg.com/vi_lc/${ID}/hq720_es.jpg?sqp=x`],
  ['a custom still', `https://i.ytimg.com/vi/${ID}/sddefault_custom_1.jpg`, `https://i.ytimg.com/vi/${ID}/sddefault_custom_1.jpg`],
  ['the host without cookies', `https://img.youtube-nocookie.com/vi/${ID}/0.jpg`, `https://i.ytimg.com/vi/${ID}/0.jpg`],
  ['Google’s content host', `http://ytimg.googleusercontent.com/vi/${ID}/0.jpg`, `https://i.ytimg.com/vi/${ID}/0.jpg`],
  ['http', `http://i.ytimg.com/vi/${ID}/0.jpg`, `https://i.ytimg.com/vi/${ID}/0.jpg`],
  ['protocol-relative', `//i.ytimg.com/vi/${ID}/0.jpg`, `https://i.ytimg.com/vi/${ID}/0.jpg`],
  ['the default port', `https://i.ytimg.com:443/vi/${ID}/0.jpg`, `https://i.ytimg.com/vi/${ID}/0.jpg`],
  ['upper-case host', `https://I.YTIMG.COM/vi/${ID}/0.jpg`, `https://i.ytimg.com/vi/${ID}/0.jpg`],
  ['fragment', `https://i.ytimg.com/vi/${ID}/0.jpg#top`, `https://i.ytimg.com/vi/${ID}/0.jpg`],
  [
    'query',
    `https://i.ytimg.com/vi/${ID}/hqdefault.jpg?sqp=-oaymwEcCNACELwBSFXyq4qpAw4IARUAAIhCGAFwAcABBg==&rs=AOn4CLB`,
    `https://i.ytimg.com/vi/${ID}/hqdefault.jpg?sqp=-oaymwEcCNACELwBSFXyq4qpAw4IARUAAIhCGAFwAcABBg==&rs=AOn4CLB`,
  ],
  ['dashes in the ID', 'https://i.ytimg.com/vi/-_aA0-_bB1x/hq720.jpg', 'https://i.ytimg.com/vi/-_aA0-_bB1x/hq720.jpg'],
];

for (const [what, text, url] of ACCEPTED) {
  test(`accepts ${what}`, () => {
    assert.equal(parseThumbnailUrl(text)?.url, url);
  });
}

const REFUSED: [string, string][] = [
  ['nothing', ''],
  ['words', 'not an address'],
  ['a relative path', `/vi/${ID}/0.jpg`],
  ['a data address', 'data:image/jpeg;base64,AAAA'],
  ['another protocol', `ftp://i.ytimg.com/vi/${ID}/0.jpg`],
  ['a host that does not exist', `https://i0.ytimg.com/vi/${ID}/0.jpg`],
  ['a tenth host', `https://i10.ytimg.com/vi/${ID}/0.jpg`],
  ['another host of YouTube', `https://www.youtube.com/vi/${ID}/0.jpg`],
  ['a longer host', `https://i.ytimg.com.example.org/vi/${ID}/0.jpg`],
  ['a host with a prefix', `https://xi.ytimg.com/vi/${ID}/0.jpg`],
  ['a subdomain', `https://x.i.ytimg.com/vi/${ID}/0.jpg`],
  ['a dot as any letter', `https://i-ytimg.com/vi/${ID}/0.jpg`],
  ['a final dot', `https://i.ytimg.com./vi/${ID}/0.jpg`],
  ['another content host', `https://lh3.googleusercontent.com/vi/${ID}/0.jpg`],
  ['a port of another name', `https://img.youtube-nocookie.com:8443/vi/${ID}/0.jpg`],
  ['credentials', `https://me:secret@i.ytimg.com/vi/${ID}/0.jpg`],
  ['the host as a user name', `https://i.ytimg.com@example.org/vi/${ID}/0.jpg`],
  ['another port', `https://i.ytimg.com:8443/vi/${ID}/0.jpg`],
  ['http on the port of https', `http://i.ytimg.com:443/vi/${ID}/0.jpg`],
  ['a short ID', 'https://i.ytimg.com/vi/dQw4w9WgXc/0.jpg'],
  ['a long ID', 'https://i.ytimg.com/vi/dQw4w9WgXcQQ/0.jpg'],
  ['an ID with odd letters', 'https://i.ytimg.com/vi/dQw4w9WgX!Q/0.jpg'],
  ['JPEG from the WebP folder', `https://i.ytimg.com/vi_webp/${ID}/0.jpg`],
  ['an animated preview', `https://i.ytimg.com/an_webp/${ID}/mqdefault_6s.webp`],
  ['a storyboard', `https://i.ytimg.com/sb/${ID}/storyboard3_L2/M0.jpg`],
  ['a deeper path', `https://i.ytimg.com/vi/${ID}/more/0.jpg`],
  ['an encoded slash', `https://i.ytimg.com/vi/${ID}/..%2f0.jpg`],
  ['another picture', 'https://i.ytimg.com/favicon.ico'],
];

for (const [what, text] of REFUSED) {
  test(`refuses ${what}`, () => {
    assert.equal(parseThumbnailUrl(text), null);
  });
}

test('only default and the three stills are as small as the placeholder', () => {
  for (const variant of ['default', '1', '2', '3', 'default_live']) {
    assert.equal(isLargeVariant(variant), false, variant);
  }
  for (const variant of ['0', 'mqdefault', 'hqdefault', 'sddefault', 'maxresdefault', 'hq720', 'hq1']) {
    assert.equal(isLargeVariant(variant), true, variant);
  }
});
