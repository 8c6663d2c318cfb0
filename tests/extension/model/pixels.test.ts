/** The twin of `backend/data/images.py`: the golden bytes were made by Pillow, and there is no tolerance. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { bakedBars, type Picture, preprocess } from '../../../extension/src/model/pixels.ts';

interface Golden {
  name: string;
  width: number;
  height: number;
  spec: { height: number; width: number; fit: 'stretch' | 'pad' };
  bar_rows: number;
  bar_columns: number;
  bar_level: number;
  first_bar_bright: number;
  last_bar_bright: number;
  box: [number, number, number, number];
  hex?: string;
  sha256?: string;
}

const cases = JSON.parse(readFileSync(new URL('../../fixtures/golden_pixels.json', import.meta.url), 'utf8')) as Golden[];

/** Draws what `draw` in golden_pixels.py draws, with an alpha that must not matter. */
function draw(golden: Golden): Picture {
  const { width, height, bar_rows: rows, bar_columns: columns } = golden;
  const data = new Uint8ClampedArray(width * height * 4);
  let state = width * 1000 + height;
  for (let i = 0; i < width * height * 3; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[Math.floor(i / 3) * 4 + (i % 3)] = state >>> 24;
  }
  const fill = (left: number, top: number, right: number, bottom: number, bright: number): void => {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const level = y === top && x - left < bright ? 255 : golden.bar_level;
        data.fill(level, (y * width + x) * 4, (y * width + x) * 4 + 3);
      }
    }
  };
  if (rows > 0) {
    fill(0, 0, width, rows, golden.first_bar_bright);
    fill(0, height - rows, width, height, golden.last_bar_bright);
  } else {
    fill(0, 0, columns, height, golden.first_bar_bright);
    fill(width - columns, 0, width, height, golden.last_bar_bright);
  }
  return { width, height, data };
}

test('the golden file has cases', () => {
  assert.ok(cases.length > 20);
});

for (const golden of cases) {
  test(golden.name, () => {
    const picture = draw(golden);
    const { left, top, right, bottom } = bakedBars(picture);
    assert.deepEqual([left, top, right, bottom], golden.box);
    const made = Buffer.from(preprocess(picture, golden.spec));
    if (golden.hex === undefined) {
      assert.equal(createHash('sha256').update(made).digest('hex'), golden.sha256);
    } else {
      assert.equal(made.toString('hex'), golden.hex);
    }
  });
}

test('a dark line is not cropped away', () => {
  for (const [width, height] of [[1, 100], [2, 100], [100, 1], [3, 400], [3, 1], [1, 3]] as const) {
    const { left, top, right, bottom } = bakedBars({ width, height, data: new Uint8Array(width * height * 4) });
    assert.ok(right > left && bottom > top, `${width}x${height}`);
  }
});
