/** Transparency over black: the golden levels were made by Pillow, and there is no tolerance. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { layOverBlack, mayBeTransparent } from '../../../extension/src/model/alpha.ts';

interface Golden {
  sha256: string;
  step: number;
  shown: number[];
}

const golden = JSON.parse(readFileSync(new URL('../../fixtures/golden_alpha.json', import.meta.url), 'utf8')) as Golden;

/** Draws what `every_pair` in golden_alpha.py draws. */
function everyPair(): Uint8Array {
  const data = new Uint8Array(256 * 256 * 4);
  for (let i = 0; i < 256 * 256; i++) {
    data.set([i & 255, i & 255, i & 255, i >> 8], i * 4);
  }
  return data;
}

test('every colour at every opacity becomes what Pillow makes of it', () => {
  const data = everyPair();
  layOverBlack(data);
  const [red, green, blue, alpha] = [0, 1, 2, 3].map((channel) =>
    data.filter((_, index) => index % 4 === channel),
  ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  assert.deepEqual([...red.filter((_, index) => index % golden.step === 0)], golden.shown);
  assert.equal(createHash('sha256').update(red).digest('hex'), golden.sha256);
  assert.deepEqual(green, red);
  assert.deepEqual(blue, red);
  assert.ok(alpha.every((level) => level === 255));
});

/** A WebP whose first chunk is `kind`, with `flags` at byte `at`. */
function webp(kind: string, at: number, flags: number): Uint8Array {
  const bytes = Uint8Array.from(Buffer.from(`RIFF\0\0\0\0WEBP${kind}`.padEnd(32, '\0')));
  bytes[at] = flags;
  return bytes;
}

test('a JPEG and a WebP that says so have no transparency', () => {
  assert.equal(mayBeTransparent(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)), false);
  assert.equal(mayBeTransparent(webp('VP8 ', 20, 0xff)), false);
  assert.equal(mayBeTransparent(webp('VP8X', 20, 0xef)), false);
  assert.equal(mayBeTransparent(webp('VP8L', 24, 0xef)), false);
});

test('everything else may have some', () => {
  assert.ok(mayBeTransparent(webp('VP8X', 20, 0x10)));
  assert.ok(mayBeTransparent(webp('VP8L', 24, 0x10)));
  assert.ok(mayBeTransparent(webp('what', 20, 0)));
  assert.ok(mayBeTransparent(Uint8Array.of(0x89, 0x50, 0x4e, 0x47)));
  assert.ok(mayBeTransparent(Uint8Array.from(Buffer.from('RIFF\0\0\0\0WAVE'))));
  assert.ok(mayBeTransparent(new Uint8Array()));
});
