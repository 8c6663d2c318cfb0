/** Where a picture lies in its element, by the rules of CSS and SVG, and where a part of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { layersOf, lengthOf, positionOf } from '../../../extension/src/content/detect/css.ts';
import { fitBackground, fitObject, fitSvg, partOf } from '../../../extension/src/content/detect/object-fit.ts';
import { intersection } from '../../../extension/src/shared/geometry.ts';

const WIDE = { width: 320, height: 180 };
const HQ = { width: 480, height: 360 }; // as YouTube serves it, with bars of 45 px above and below the picture
const HD = { width: 1280, height: 720 };

/** Left, top, right, bottom, to a thousandth. */
function sides({ left, top, right, bottom }: ReturnType<typeof fitObject>): number[] {
  return [left, top, right, bottom].map((side) => Math.round(side * 1000) / 1000 + 0);
}

test('a picture fills, covers or fits into its element', () => {
  for (const [fit, expected] of [
    ['fill', [0, 0, 320, 180]],
    ['cover', [0, -30, 320, 210]],
    ['contain', [40, 0, 280, 180]],
    ['none', [-80, -90, 400, 270]],
    ['scale-down', [40, 0, 280, 180]],
  ] as const) {
    assert.deepEqual(sides(fitObject(WIDE, HQ, fit, '50% 50%')), expected, fit);
  }
  assert.deepEqual(sides(fitObject(WIDE, { width: 120, height: 90 }, 'scale-down', '50% 50%')), [100, 45, 220, 135]);
});

test('a position counts what is left over, or goes beyond', () => {
  for (const [position, expected] of [
    ['0% 0%', [0, 0, 320, 240]],
    ['50% 100%', [0, -60, 320, 180]],
    ['0px 10px', [0, 10, 320, 250]],
    ['calc(50% + 4px) calc(100% - 12px)', [4, -72, 324, 168]],
    ['right 10px bottom 20px', [-10, -80, 310, 160]],
    ['left top', [0, 0, 320, 240]],
    ['top', [0, 0, 320, 240]],
    ['bottom left', [0, -60, 320, 180]],
    ['center', [0, -30, 320, 210]],
  ] as const) {
    assert.deepEqual(sides(fitObject(WIDE, HQ, 'cover', position)), expected, position);
  }
});

test('a background covers, fits, or has a size of its own', () => {
  for (const [size, expected] of [
    ['cover', [0, 0, 320, 240]],
    ['contain', [0, 0, 240, 180]],
    ['auto', [0, 0, 480, 360]],
    ['auto auto', [0, 0, 480, 360]],
    ['100%', [0, 0, 320, 240]],
    ['100% 100%', [0, 0, 320, 180]],
    ['auto 100%', [0, 0, 240, 180]],
    ['160px', [0, 0, 160, 120]],
    ['160px 50%', [0, 0, 160, 90]],
    ['calc(50% + 20px) auto', [0, 0, 180, 135]],
  ] as const) {
    assert.deepEqual(sides(fitBackground(WIDE, HQ, size, '0% 0%')), expected, size);
  }
  assert.deepEqual(sides(fitBackground(WIDE, HQ, 'cover', '50% 50%')), [0, -30, 320, 210]);
});

test('an image in a drawing keeps its shape unless it is told otherwise', () => {
  for (const [preserve, expected] of [
    ['', [40, 0, 280, 180]],
    ['xMidYMid meet', [40, 0, 280, 180]],
    ['xMinYMin meet', [0, 0, 240, 180]],
    ['xMaxYMax', [80, 0, 320, 180]],
    ['xMidYMid slice', [0, -30, 320, 210]],
    ['xMidYMin slice', [0, 0, 320, 240]],
    ['none', [0, 0, 320, 180]],
  ] as const) {
    assert.deepEqual(sides(fitSvg(WIDE, HQ, preserve)), expected, preserve);
  }
});

test('the picture between baked-in bars is what a covered element shows of it', () => {
  const place = fitObject(WIDE, HQ, 'cover', '50% 50%');
  assert.deepEqual(sides(partOf(place, [480, 360], [0, 45, 480, 315])), [0, 0, 320, 180]);
  assert.deepEqual(sides(partOf(fitObject(WIDE, HQ, 'fill', ''), [480, 360], [0, 45, 480, 315])), [0, 22.5, 320, 157.5]);
  assert.deepEqual(sides(partOf(fitObject(WIDE, HD, 'cover', ''), [1280, 720], [0, 0, 1280, 720])), [0, 0, 320, 180]);
  assert.deepEqual(sides(partOf({ left: 10, top: 20, right: 20, bottom: 40 }, [10, 10], [5, 5, 10, 10])), [15, 30, 20, 40]);
});

test('what two rectangles have in common', () => {
  const square = { left: 0, top: 0, right: 10, bottom: 10 };
  assert.deepEqual(intersection(square, { left: 5, top: -5, right: 15, bottom: 5 }), { left: 5, top: 0, right: 10, bottom: 5 });
  assert.equal(intersection(square, { left: 10, top: 0, right: 15, bottom: 5 }), null);
});

test('lengths are shares and px', () => {
  for (const [text, expected] of [
    ['12.5px', { share: 0, px: 12.5 }],
    ['-3px', { share: 0, px: -3 }],
    ['50%', { share: 0.5, px: 0 }],
    ['calc(100% - 12px)', { share: 1, px: -12 }],
    ['calc(-8px + 25%)', { share: 0.25, px: -8 }],
    ['auto', null],
    ['', null],
  ] as const) {
    assert.deepEqual(lengthOf(text), expected, text);
  }
});

test('nobody knows better than the middle', () => {
  const middle = { share: 0.5, px: 0 };
  for (const text of ['', 'inherit', 'nonsense more nonsense']) assert.deepEqual(positionOf(text), [middle, middle], text);
});

test('layers end at commas of their own', () => {
  assert.deepEqual(layersOf('none'), ['none']);
  assert.deepEqual(layersOf('linear-gradient(rgb(0, 0, 0), red), url("https://a.example/1,2).jpg")'), [
    'linear-gradient(rgb(0, 0, 0), red)',
    'url("https://a.example/1,2).jpg")',
  ]);
  assert.deepEqual(layersOf('url("a\\",b"), 1px'), ['url("a\\",b")', '1px']);
});
