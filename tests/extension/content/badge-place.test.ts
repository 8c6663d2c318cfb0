/** Where the badge stands on its picture, and where beside it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isNarrow, likelyBox, placeAnyway, placeBadge, placeDot, placesBeside } from '../../../extension/src/content/badge/badge-place.ts';
import { intersection, type Rectangle, without } from '../../../extension/src/shared/geometry.ts';

const VIEWPORT = { width: 1000, height: 620 };

function box(left: number, top: number, width = 320, height = 180): Rectangle {
  return { left, top, right: left + width, bottom: top + height };
}

function areaOf({ left, top, maxWidth, height }: { left: number; top: number; maxWidth: number; height: number }): Rectangle {
  return box(left, top, maxWidth, height);
}

test('a badge stands inside the top corner where lines begin', () => {
  const place = { edge: 'top', side: 'start', left: 106, top: 56, maxWidth: 188, lines: 4, height: 76 };
  assert.deepEqual(placeBadge(box(100, 50, 200, 112), [], false), place);
  assert.deepEqual(placeBadge(box(100, 50, 200, 112), [], true), place, 'its room is the same, its badge at the right');
});

test('a badge ends above the play length', () => {
  for (const height of [68, 94, 180, 400]) {
    const { top, lines } = placeBadge(box(0, 0, 320, height), [], false)!;
    assert.ok(top + 6 + lines * 17.5 <= height - 24, `${height} px: ${lines} lines`);
  }
});

test('less than 150 px in width, or than a line in height, holds no badge', () => {
  assert.equal(placeBadge(box(0, 0, 149, 90), [], false), null);
  assert.notEqual(placeBadge(box(0, 0, 150, 90), [], false), null);
  assert.equal(placeBadge(box(0, 0, 320, 30), [], false), null);
});

test('a badge leaves free what lies on the picture: another corner, or less of one', () => {
  const picture = box(0, 0);
  const topLeft = box(4, 4, 32, 32);
  const beside = placeBadge(picture, [topLeft], false)!;
  assert.deepEqual([beside.edge, beside.side], ['top', 'end']);
  assert.ok(beside.left > topLeft.right);
  const menu = box(280, 4, 36, 36);
  const shorter = placeBadge(picture, [menu], false)!;
  assert.deepEqual([shorter.edge, shorter.side, shorter.left], ['top', 'start', 6]);
  assert.ok(shorter.left + shorter.maxWidth <= menu.left);
  const play = box(126, 66, 68, 48);
  assert.equal(placeBadge(picture, [play], false)?.lines, 3, 'its lines end above the play button');
  const bar = box(0, 0, 320, 48);
  const below = placeBadge(picture, [bar, play], false)!;
  assert.deepEqual([below.edge, below.side], ['bottom', 'start']);
});

test('where every corner is taken it stands nearer to the middle, and nowhere if there is no room', () => {
  const picture = box(0, 0, 320, 240);
  const bars = [box(0, 0, 320, 40), box(0, 200, 320, 40)];
  const place = placeBadge(picture, bars, false)!;
  assert.deepEqual([place.edge, place.side, place.top], ['top', 'start', 44]);
  const wall = [...bars, box(0, 60, 320, 120)];
  assert.equal(placeBadge(picture, wall, false), null);
});

test('whatever is in the way, a badge covers none of it and stays on the picture', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = (i: number): number => Math.abs(Math.sin(seed * 12.9898 + i * 78.233) * 43758.5453) % 1;
    const picture = box(10, 20, 150 + 300 * random(0), 84 + 200 * random(1));
    const obstacles = Array.from({ length: seed % 7 }, (_, i) =>
      box(400 * random(4 * i + 2), 250 * random(4 * i + 3), 10 + 90 * random(4 * i + 4), 10 + 60 * random(4 * i + 5)),
    );
    const place = placeBadge(picture, obstacles, seed % 2 === 0);
    if (place === null) continue;
    const area = areaOf(place);
    for (const obstacle of obstacles) assert.equal(intersection(area, obstacle), null, `seed ${seed}`);
    assert.deepEqual(intersection(area, picture), area, `seed ${seed}`);
    assert.ok(place.maxWidth >= 100, `seed ${seed}`);
  }
});

test('it goes on standing where it stood, until that is taken', () => {
  const picture = box(0, 0);
  const before = placeBadge(picture, [box(4, 4, 32, 32)], false);
  assert.equal(placeBadge(picture, [], false, before)?.side, 'end');
  assert.equal(placeBadge(picture, [box(280, 4, 36, 36)], false, before)?.edge, 'top');
  assert.deepEqual(placeBadge(picture, [box(180, 4, 136, 36), box(6, 4, 60, 30)], false, before)?.edge, 'bottom');
});

test('a dot stands in the first corner that is free, and in no more than there is', () => {
  assert.deepEqual(placeDot(box(50, 50, 100, 56), [], false), box(56, 56, 22, 22));
  assert.deepEqual(placeDot(box(50, 50, 100, 56), [], true), box(122, 56, 22, 22));
  assert.deepEqual(placeDot(box(50, 50, 100, 56), [box(54, 54, 30, 20)], false), box(122, 56, 22, 22));
  assert.deepEqual(placeDot(box(0, 0, 100, 16), [], false), box(6, 0, 16, 16));
  assert.equal(placeDot(box(0, 0, 100, 8), [], false), null);
});

test('beside a picture, a badge is whole: after it, before it, below, above', () => {
  const picture = box(400, 200, 100, 56);
  const places = placesBeside(picture, VIEWPORT, false);
  assert.deepEqual(places.map(({ where }) => where), ['after', 'before', 'below', 'above']);
  assert.deepEqual([places[0]?.left, places[0]?.top, places[0]?.side], [504, 200, 'start']);
  assert.deepEqual([places[1]?.left, places[1]?.side], [176, 'end']);
  assert.deepEqual([places[2]?.left, places[2]?.top], [400, 260]);
  assert.deepEqual(placesBeside(picture, VIEWPORT, true)[0]?.left, 176, 'mirrored, the other side is after it');
});

test('a badge in little width has smaller letters, and more of them', () => {
  const wide = placeBadge(box(0, 0, 168, 94), [], false)!;
  const narrow = placeBadge(box(0, 0, 168, 94), [box(140, 4, 24, 56)], false)!;
  assert.deepEqual([isNarrow(wide), wide.height], [false, 3 * 17.5 + 6]);
  assert.deepEqual([isNarrow(narrow), narrow.height], [true, 3 * 15 + 6]);
  assert.ok(narrow.left + narrow.maxWidth <= 140);
});

test('near the edges of the viewport only what is whole is offered', () => {
  for (const picture of [box(0, 0, 100, 56), box(900, 0, 100, 56), box(0, 564, 100, 56), box(900, 564, 100, 56), box(60, 300, 60, 34)]) {
    for (const mirrored of [false, true]) {
      const places = placesBeside(picture, VIEWPORT, mirrored);
      assert.ok(places.length >= 2);
      for (const place of places) {
        assert.deepEqual(intersection(areaOf(place), box(0, 0, 1000, 620)), areaOf(place), JSON.stringify(place));
        assert.equal(intersection(areaOf(place), picture), null, JSON.stringify(place));
        const likely = likelyBox(place, mirrored);
        assert.deepEqual(intersection(likely, areaOf(place)), likely);
      }
    }
  }
  assert.deepEqual(placesBeside(box(0, 0, 120, 90), { width: 120, height: 90 }, false), []);
  assert.deepEqual(placeAnyway(box(0, 0, 120, 90)), { edge: 'top', side: 'start', left: 6, top: 6, maxWidth: 108, lines: 4, height: 66 });
});

test('what covers a side of a picture leaves the rest of it', () => {
  assert.deepEqual(without(box(0, 0), box(-100, -20, 900, 60)), box(0, 40, 320, 140));
  assert.deepEqual(without(box(0, 0), box(0, 150, 320, 60)), box(0, 0, 320, 150));
  assert.deepEqual(without(box(0, 0), box(400, 0)), box(0, 0));
  assert.equal(without(box(0, 0), box(-1, -1, 322, 182)), null);
});
