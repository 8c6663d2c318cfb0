/** Where the card stands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cardSpots, cheapest, regrown, type Spot } from '../../../extension/src/content/badge/placement.ts';
import type { Rectangle } from '../../../extension/src/shared/geometry.ts';

const VIEWPORT = { width: 1000, height: 620 };
const CARD = { width: 280, height: 200 };

function box(left: number, top: number, width = 320, height = 180): Rectangle {
  return { left, top, right: left + width, bottom: top + height };
}

/** All spots, in order: the first is taken unless another one covers less. */
function spots(thumbnail: Rectangle, mirrored = false): Spot[] {
  return cardSpots(thumbnail, CARD, VIEWPORT, mirrored);
}

test('a card stands around the thumbnail, wherever there is room', () => {
  assert.deepEqual(spots(box(330, 212)), [
    { left: 654, top: 212 },
    { left: 46, top: 212 },
    { left: 330, top: 396 },
    { left: 330, top: 8 },
  ]);
  assert.deepEqual(spots(box(100, 50))[0], { left: 424, top: 50 });
  assert.deepEqual(spots(box(600, 50))[0], { left: 316, top: 50 });
  assert.deepEqual(spots(box(50, 20, 900, 300)), [{ left: 50, top: 324 }]);
  assert.deepEqual(spots(box(50, 250, 900, 300)), [{ left: 50, top: 46 }]);
});

test('a card stands on the other side where lines begin there', () => {
  assert.deepEqual(spots(box(330, 212), true), [
    { left: 46, top: 212 },
    { left: 654, top: 212 },
    { left: 370, top: 396 },
    { left: 370, top: 8 },
  ]);
});

test('of several spots the first is taken that costs the least', () => {
  const costs = [2, 1, 1, 5];
  const all = spots(box(330, 212));
  assert.equal(cheapest(all, (spot) => costs[all.indexOf(spot)] ?? 0), all[1]);
});

test('a card stays within the viewport, wherever the thumbnail is', () => {
  for (const mirrored of [false, true]) {
    for (let left = -300; left <= 980; left += 80) {
      for (let top = -170; top <= 590; top += 40) {
        for (const width of [168, 320, 900]) {
          const thumbnail = box(left, top, width);
          for (const spot of spots(thumbnail, mirrored)) checkSpot(spot, thumbnail);
        }
      }
    }
  }
});

function checkSpot(spot: Spot, thumbnail: Rectangle): void {
  const where = `${JSON.stringify(thumbnail)}: ${JSON.stringify(spot)}`;
  assert.ok(spot.left >= 0 && spot.left + CARD.width <= VIEWPORT.width, where);
  assert.ok(spot.top >= 0 && spot.top + CARD.height <= VIEWPORT.height, where);
}

/** Where a card ends up that stood at a spot and is as high as said now. */
function grown(spot: Spot, height: number, thumbnail: Rectangle): Spot {
  return regrown(spot, CARD, height, thumbnail, VIEWPORT);
}

test('a card grows away from its thumbnail', () => {
  assert.deepEqual(grown({ left: 424, top: 50 }, 260, box(100, 50)), { left: 424, top: 50 });
  assert.deepEqual(grown({ left: 50, top: 46 }, 230, box(50, 250, 900, 300)), { left: 50, top: 16 });
});

test('a card that grows stays within the viewport, and below the pointer that was on it', () => {
  for (const thumbnail of [box(100, 50), box(600, 420), box(50, 250, 900, 300), box(50, 20, 900, 300)]) {
    for (const spot of spots(thumbnail)) {
      const { left, top } = grown(spot, 290, thumbnail);
      const where = JSON.stringify({ thumbnail, spot, top });
      assert.equal(left, spot.left);
      assert.ok(top >= 0 && top + 290 <= VIEWPORT.height, where);
      assert.ok(top <= spot.top && top + 290 >= spot.top + CARD.height, where);
    }
  }
});

test('a card that shrinks leaves its buttons where they are', () => {
  assert.deepEqual(regrown({ left: 424, top: 50 }, { width: 280, height: 290 }, 200, box(100, 50), VIEWPORT), { left: 424, top: 50 });
});
