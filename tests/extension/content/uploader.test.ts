/** Who posted a video, from what a card says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  authorsIn,
  channelOfPage,
  channelPath,
  firstLine,
  handleOf,
  isUploadedBy,
  nameInRows,
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
  for (const name of ['Café Crème Clips', 'Café', 'Cafe-Creme', 'Somebody']) {
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
  assert.equal(channelOfPage('/watch'), null);
});

test('the name of a channel stands in the first line with something in it', () => {
  assert.equal(firstLine('\n   \n  Fireship \n\n Fireship\n Verified'), 'Fireship');
  assert.equal(firstLine(' \n '), '');
});

test('only the first of several rows names a channel', () => {
  assert.equal(nameInRows(['\n Fireship ', '1.2M views • 3 days ago']), 'Fireship');
  assert.equal(nameInRows(['1.2M views • 3 days ago']), '', 'on the page of a channel');
  assert.equal(nameInRows(['Fireship • Playlist', 'Updated today']), '');
  assert.equal(nameInRows([]), '');
});
