/** Which pictures count, without a page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { alphaOf, blurOf, gradientAlpha, strengthOf } from '../../../extension/src/content/detect/css.ts';
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

test('how much a gradient hides', () => {
  for (const [layer, alpha] of [
    ['linear-gradient(rgba(0, 0, 0, 0.1), rgba(0, 0, 0, 0.25))', 0.1],
    ['linear-gradient(to top, rgb(0, 0, 0), rgba(0, 0, 0, 0))', 0],
    ['linear-gradient(rgba(0, 0, 0, 0) 60%, rgba(0, 0, 0, 0.9) 100%)', 0],
    ['linear-gradient(rgb(255, 255, 255) 90%, rgba(255, 255, 255, 0))', 0.95],
    ['linear-gradient(90deg, rgb(1, 2, 3) 0%, rgb(3, 2, 1) 50% 100%)', 1],
    ['repeating-linear-gradient(45deg, color(srgb 1 0 0 / 0.2), color(srgb 1 0 0 / 0.2) 10px)', 0.2],
    ['radial-gradient(circle at 50% 50%, rgba(0, 0, 0, 0) 0%, rgba(0, 0, 0, 0.6) 100%)', 0],
    ['conic-gradient(from 0deg, rgba(0, 0, 0, 0.7), rgba(0, 0, 0, 0.7))', 0.7],
    ['url("https://a.example/1.jpg")', null],
    ['none', null],
  ] as const) {
    const found = gradientAlpha(layer);
    assert.equal(found === null ? null : Math.round(found * 100) / 100, alpha, layer);
  }
});

test('what filters do to a picture', () => {
  assert.equal(blurOf('blur(20px)'), 20);
  assert.equal(blurOf('saturate(2) blur(2.5px)'), 2.5);
  assert.equal(blurOf('none'), 0);
  assert.equal(strengthOf('brightness(0) opacity(0.5)', 'opacity'), 0.5);
  assert.equal(strengthOf('brightness(0) opacity(0.5)', 'brightness'), 0);
  assert.equal(strengthOf('grayscale(1)', 'brightness'), 1);
});

test('a page is watched unless everything or its site is off', () => {
  assert.ok(isOn(DEFAULT_SETTINGS, 'a.example'));
  assert.ok(!isOn({ ...DEFAULT_SETTINGS, enabled: false }, 'a.example'));
  const settings = { ...DEFAULT_SETTINGS, disabledSites: withSite(['b.example'], 'a.example:8080', true) };
  assert.ok(!isOn(settings, 'a.example:8080'));
  assert.ok(isOn(settings, 'a.example'));
  assert.deepEqual(parseSettings(settings), settings, 'as the store wants them');
});
