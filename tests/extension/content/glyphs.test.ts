/** The signs of the states: as many shapes as states, the same on pages of the extension. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { BADGE_CSS } from '../../../extension/src/content/badge/badge.css.ts';
import { SHAPES } from '../../../extension/src/content/badge/glyphs.css.ts';

const THEME = readFileSync(new URL('../../../extension/src/ui/theme.css', import.meta.url), 'utf8');

test('each state has a shape of its own, which needs no picture', () => {
  const shapes = Object.values(SHAPES);
  assert.equal(new Set(shapes).size, shapes.length);
  for (const [state, shape] of Object.entries(SHAPES)) {
    assert.ok(BADGE_CSS.includes(`[data-state="${state}"]`), state);
    assert.match(shape, /^(?:circle|inset|path|polygon)\(/, state);
  }
  assert.doesNotMatch(BADGE_CSS, /url\(/, 'a page’s policy for pictures would forbid or report it');
});

test('the pages of the extension have the same shapes', () => {
  for (const [state, shape] of Object.entries(SHAPES)) {
    if (THEME.includes(`--shape-${state}:`)) assert.ok(THEME.includes(`--shape-${state}: ${shape};`), state);
  }
  for (const state of ['known', 'unknown', 'error', 'waiting']) assert.ok(THEME.includes(`--shape-${state}:`), state);
});

test('who wants more contrast, forced colours or less motion gets it', () => {
  for (const wish of ['prefers-contrast: more', 'forced-colors: active', 'prefers-reduced-motion: reduce']) {
    for (const css of [BADGE_CSS, THEME]) assert.ok(css.includes(`@media (${wish})`), wish);
  }
});
