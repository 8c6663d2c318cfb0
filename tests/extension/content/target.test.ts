/** Which pictures count, without a page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { alphaOf } from '../../../extension/src/content/detect/stacking.ts';
import { isOn } from '../../../extension/src/content/site.ts';
import { addressesIn, isWide } from '../../../extension/src/content/detect/image-url.ts';
import { DEFAULT_SETTINGS, parseSettings } from '../../../extension/src/shared/settings.ts';
import { withSite } from '../../../extension/src/shared/sites.ts';

test('pictures with the shape of a video', () => {
  for (const [width, height, wide] of [
    [320, 180, true],
    [336, 189, true],
    [120, 68, true],
    [119, 67, false],
    [320, 180 * 1.055, true],
    [320, 180 * 1.07, false],
    [320, 180 / 1.055, true],
    [320, 180 / 1.07, false],
    [480, 360, false],
    [180, 320, false],
    [320, 0, false],
  ] as const) {
    assert.equal(isWide(width, height), wide, `${width}x${height}`);
  }
});

test('the addresses in computed backgrounds', () => {
  for (const [image, addresses] of [
    ['none', []],
    ['url("https://a.example/1.jpg")', ['https://a.example/1.jpg']],
    ['linear-gradient(rgb(0, 0, 0), rgb(1, 1, 1)), url("https://a.example/1.jpg")', ['https://a.example/1.jpg']],
    [
      'image-set(url("https://a.example/1.jpg") 1dppx, url("https://a.example/2.jpg") 2dppx)',
      ['https://a.example/1.jpg', 'https://a.example/2.jpg'],
    ],
    ['url("https://a.example/\\"(1).jpg")', ['https://a.example/"(1).jpg']],
  ] as const) {
    assert.deepEqual(addressesIn(image), addresses, image);
  }
});

test('the opacity of computed colours', () => {
  for (const [colour, alpha] of [
    ['rgb(1, 2, 0)', 1],
    ['rgba(0, 0, 0, 0)', 0],
    ['rgba(15, 15, 15, 0.5)', 0.5],
    ['color(srgb 1 1 1)', 1],
    ['color(srgb 1 1 1 / 0.25)', 0.25],
    ['oklch(0.7 0.1 200 / 0)', 0],
  ] as const) {
    assert.equal(alphaOf(colour), alpha, colour);
  }
});

test('a page is watched unless everything or its site is off', () => {
  assert.ok(isOn(DEFAULT_SETTINGS, 'a.example'));
  assert.ok(!isOn({ ...DEFAULT_SETTINGS, enabled: false }, 'a.example'));
  const settings = { ...DEFAULT_SETTINGS, disabledSites: withSite(['b.example'], 'a.example:8080', true) };
  assert.ok(!isOn(settings, 'a.example:8080'));
  assert.ok(isOn(settings, 'a.example'));
  assert.deepEqual(parseSettings(settings), settings, 'as the store wants them');
});
