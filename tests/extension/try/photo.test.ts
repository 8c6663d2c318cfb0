import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { findThumbnails, flatSize, type Quad, rectify } from '../../../extension/src/photo/index.ts';
import { fromUnitSquare, inverted, multiplied, project } from '../../../extension/src/photo/quad.ts';
import type { Picture } from '../../../extension/src/model/pixels.ts';

const QUAD: Quad = [[210, 140], [640, 190], [610, 420], [190, 400]];

/** A light page of 800x600 pixels; on it, in perspective, stripes and a square. */
function photo(): Picture {
  const [width, height] = [800, 600];
  const data = new Uint8ClampedArray(width * height * 4).fill(245);
  const flat = inverted(fromUnitSquare(QUAD));
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 4) {
      const [u, v] = project(flat, x + 0.5, y + 0.5);
      if (u >= 0 && v >= 0 && u < 1 && v < 1) {
        data.set(u < 0.3 && v < 0.5 ? [200, 40, 60] : [30, 60 + 60 * Math.floor(v * 3), 120], o);
      }
    }
  }
  return { width, height, data };
}

describe('a photo of a screen', () => {
  it('has its thumbnail found to a pixel or two', async () => {
    const [best] = await findThumbnails(photo());
    assert.ok(best !== undefined && best.score > 0.3 && best.score <= 1);
    best.quad.forEach(([x, y], i) => {
      assert.ok(Math.hypot(x - QUAD[i]![0], y - QUAD[i]![1]) < 2.5, `corner ${i}: ${x}, ${y}`);
    });
  });

  it('has none found where there is none', async () => {
    const data = new Uint8ClampedArray(400 * 300 * 4).fill(90);
    assert.deepEqual(await findThumbnails({ width: 400, height: 300, data }), []);
    assert.deepEqual(await findThumbnails({ width: 20, height: 30, data }), []);
  });

  it('is flattened', () => {
    const { width, height, data } = rectify(photo(), QUAD, 160, 90);
    assert.deepEqual([width, height], [160, 90]);
    const at = (x: number, y: number): number[] => [...data.subarray((y * 160 + x) * 4, (y * 160 + x) * 4 + 4)];
    assert.deepEqual(at(20, 20), [200, 40, 60, 255]);
    assert.deepEqual(at(140, 45), [30, 120, 120, 255]);
    assert.deepEqual(at(140, 80), [30, 180, 120, 255]);
  });

  it('is not flattened by corners that cross', () => {
    const crossed: Quad = [QUAD[0], QUAD[2], QUAD[1], QUAD[3]];
    assert.throws(() => rectify(photo(), crossed, 160, 90), /make no convex quadrilateral/);
  });

  it('is flattened to the size that it has', () => {
    assert.deepEqual(flatSize(QUAD), { width: 448, height: 252 });
  });
});

it('a homography and its inverse cancel', () => {
  const matrix = fromUnitSquare(QUAD);
  const [x, y] = project(multiplied(inverted(matrix), matrix), 0.3, 0.8);
  assert.ok(Math.abs(x - 0.3) < 1e-9 && Math.abs(y - 0.8) < 1e-9);
});
