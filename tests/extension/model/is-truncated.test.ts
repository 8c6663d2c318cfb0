import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isTruncated, scansOf } from '../../../extension/src/model/is-truncated.ts';

const EXIF_WITH_THUMBNAIL = [0xff, 0xe1, 0x00, 0x08, 0xff, 0xd8, 1, 2, 0xff, 0xd9];
const SCAN = [0xff, 0xda, 0x00, 0x04, 9, 9, 5, 0xff, 0x00, 6, 0xff, 0xd0, 7]; // an escaped byte and a restart in it
const END = [0xff, 0xd9];
const JPEG = [0xff, 0xd8, ...EXIF_WITH_THUMBNAIL, ...SCAN, ...END];
const WEBP = [...Buffer.from('RIFF'), 8, 0, 0, 0, ...Buffer.from('WEBP'), 1, 2, 3, 4];

function check(bytes: number[]): boolean {
  return isTruncated(Uint8Array.from(bytes));
}

test('a whole picture is not truncated, also with something after it', () => {
  assert.ok(!check(JPEG));
  assert.ok(!check([...JPEG, 0, 0]));
  assert.ok(!check([0xff, 0xd8, 0xff, ...EXIF_WITH_THUMBNAIL, ...SCAN, 0xff, ...END])); // fill bytes
  assert.ok(!check(WEBP));
  assert.ok(!check([...WEBP, 0]));
});

test('a picture that is cut anywhere is', () => {
  for (let length = 2; length < JPEG.length; length++) {
    assert.equal(check(JPEG.slice(0, length)), true, `JPEG of ${length} bytes`);
  }
  for (let length = 12; length < WEBP.length; length++) {
    assert.equal(check(WEBP.slice(0, length)), true, `WebP of ${length} bytes`);
  }
});

test('what is neither is left to the decoder', () => {
  assert.ok(!check([]));
  assert.ok(!check([1, 2, 3]));
  assert.ok(!check([0x89, 0x50, 0x4e, 0x47]));
});

test('scans are counted up to the end, and not in other data', () => {
  const scans = (...parts: number[][]): number => scansOf(Uint8Array.from([0xff, 0xd8, ...parts.flat()]));
  assert.equal(scans(EXIF_WITH_THUMBNAIL, SCAN, SCAN, END), 2);
  assert.equal(scans([0xff, 0xfe, 0x00, 0x06, 0xff, 0xda, 0xff, 0xda], SCAN, END, SCAN), 1);
  assert.equal(scansOf(Uint8Array.from(WEBP)), 0);
});
