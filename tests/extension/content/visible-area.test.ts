/** Where the thumbnail lies of which a page shows a copy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { originalIn } from '../../../extension/src/content/detect/visible-area.ts';

const PLACE = { left: 100, top: 50, right: 420, bottom: 230 };

test('a copy of the same shape lies where the thumbnail does', () => {
  assert.deepEqual(originalIn(PLACE, { width: 1280, height: 720 }), PLACE);
});

test('a copy with black bars holds the thumbnail between them', () => {
  const place = { ...PLACE, bottom: 290 };
  assert.deepEqual(originalIn(place, { width: 480, height: 360 }), { ...PLACE, top: 80, bottom: 260 });
});

test('a cropped copy leaves a part of the thumbnail outside', () => {
  assert.deepEqual(originalIn({ left: 0, top: 0, right: 90, bottom: 90 }, { width: 200, height: 200 }), {
    left: -35,
    top: 0,
    right: 125,
    bottom: 90,
  });
  const wide = originalIn({ left: 0, top: 0, right: 320, bottom: 160 }, { width: 1200, height: 600 });
  assert.deepEqual(wide, { left: 0, top: -10, right: 320, bottom: 170 });
});
