/** The flattening of what four corners hold: as Python's, number for number, by the numbers that both are held against. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import flattening from '../../fixtures/flattening.json' with { type: 'json' };
import type { Quad } from '../../../extension/src/try/quad.ts';
import { flatSize, rectify } from '../../../extension/src/try/rectify.ts';

const QUAD: Quad = [[210, 140], [640, 190], [610, 420], [190, 400]];

/** The picture of the fixture, which tests/python/photo/test_photo.py makes in the same way. */
function photo({ width, height } = flattening.photo): { width: number; height: number; data: Uint8ClampedArray } {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 4) {
      data.set([0, 1, 2].map((channel) => (x * x + 3 * x * y + 5 * y * y + 80 * channel) % 256), o);
    }
  }
  return { width, height, data };
}

describe('a photo of a screen', () => {
  for (const { quad, width, height, rgb } of flattening.flat) {
    it(`is flattened to ${width}x${height} as in Python`, () => {
      const flat = rectify(photo(), quad as unknown as Quad, width, height);
      assert.deepEqual([flat.width, flat.height], [width, height]);
      assert.deepEqual([...flat.data.filter((_, i) => i % 4 !== 3)], [...Buffer.from(rgb, 'base64')]);
      assert.ok(flat.data.every((level, i) => i % 4 !== 3 || level === 255), 'opaque');
    });
  }

  it('is not flattened by corners that cross', () => {
    const crossed: Quad = [QUAD[0], QUAD[2], QUAD[1], QUAD[3]];
    assert.throws(() => rectify(photo(), crossed, 160, 90), /make no convex quadrilateral/);
  });

  it('is flattened to the size that it has', () => {
    assert.deepEqual(flatSize(QUAD), { width: 448, height: 252 });
    assert.deepEqual(flatSize(QUAD.map(([x, y]) => [10 * x, 10 * y]) as unknown as Quad), { width: 1280, height: 720 });
  });
});
