/** Which pictures may be asked for, and under which name their scores are kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pictureSource, thumbnailSource } from '../../../extension/src/background/image-source.ts';

function kind(variant: string): string | undefined {
  return thumbnailSource(`https://i.ytimg.com/vi/dQw4w9WgXcQ/${variant}.jpg`)?.key;
}

test('all sizes of the picture are one, each still is one, and whatever else is apart', () => {
  for (const variant of ['0', 'default', 'mqdefault', 'hqdefault', 'sddefault', 'hq720', 'maxresdefault', 'hqdefault']) {
    assert.equal(kind(variant), 'dQw4w9WgXcQ:main');
  }
  for (const variant of ['2', 'mq2', 'hq2', 'sd2', 'maxres2']) {
    assert.equal(kind(variant), 'dQw4w9WgXcQ:2');
  }
  for (const variant of ['hqdefault_live', 'hq720_custom_1', 'oar2', 'oardefault']) {
    assert.equal(kind(variant), `dQw4w9WgXcQ:${variant}`);
  }
  assert.equal(thumbnailSource('https://i.ytimg.com/vi_webp/dQw4w9WgXcQ/sddefault.webp')?.key, 'dQw4w9WgXcQ:main');
});

test('a thumbnail keeps its query, which selects the crop', () => {
  const address = 'https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg?sqp=abc&rs=def';
  assert.equal(thumbnailSource(address)?.url, address);
  assert.equal(thumbnailSource(`${address}${'x'.repeat(10_000)}`), null);
});

test('takes pictures of the public web', () => {
  for (const address of [
    'https://cdn.example/a.png',
    'https://cdn.example/a?width=640&b=c',
    'https://images.local.example/a.png',
    'https://notyoutube.com/a.png',
    'https://yt3.ggpht.com/a=s88',
    'https://10.example/a',
  ]) {
    assert.deepEqual(pictureSource(`${address}#x`), { url: address, key: address, thumbnail: null });
  }
});

const REFUSED = [
  '',
  'a.png',
  '//cdn.example/a.png',
  'http://cdn.example/a.png',
  'data:image/png;base64,AAAA',
  'file:///a.png',
  'chrome-extension://abc/a.png',
  'https://cdn.example:8443/a.png',
  'https://me@cdn.example/a.png',
  'https://:secret@cdn.example/a.png',
  `https://cdn.example/${'a'.repeat(9000)}`,
  'https://youtube.com/a.png',
  'https://www.youtube.com/a.png',
  'https://m.youtube.com/a.png',
  'https://img.youtube.com/other.png',
  'https://www.youtube-nocookie.com/a.png',
  'https://youtu.be/a.png',
  'https://www.youtube.com./a.png',
  'https://localhost/a.png',
  'https://localhost./a.png',
  'https://a.localhost/a.png',
  'https://router/a.png',
  'https://printer.local/a.png',
  'https://nas.home.arpa/a.png',
  'https://wiki.internal/a.png',
  'https://127.0.0.1/a.png',
  'https://127.1/a.png',
  'https://0x7f000001/a.png',
  'https://2130706433/a.png',
  'https://0/a.png',
  'https://10.0.0.1/a.png',
  'https://192.168.1.1/a.png',
  'https://169.254.169.254/latest',
  'https://[::1]/a.png',
  'https://[fd00::1]/a.png',
  'https://[::ffff:10.0.0.1]/a.png',
];

for (const address of REFUSED) {
  test(`takes no picture from ${address.slice(0, 60)}`, () => assert.equal(pictureSource(address), null));
}
