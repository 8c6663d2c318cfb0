/** Every way in which a page can show a thumbnail, and the settings that say what is shown of it, in real browsers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Frame, Page } from 'puppeteer-core';
import { frames, hover, leave, readBadge, waitForBadge, waitForNoBadge } from './badge.ts';
import { setViewport, VIEWPORT } from './browser.ts';
import { openCard, waitForCard } from './card.ts';
import {
  assertInside,
  expectAnswer,
  FRAMES,
  HOST,
  open,
  ready,
  shown,
  SUITE_TIMEOUT,
  tests,
  TIMEOUT,
} from './case-stage.ts';
import { addressOf, ADDRESSLESS, caseUrl, READY, SIMPLE, TARGET } from './cases.ts';
import { changeSettings } from './settings.ts';
import type { Stage } from './stage.ts';

export function caseTests(stage: () => Stage): void {
  describe('pictures', SUITE_TIMEOUT, () => pictureTests(stage));
  describe('settings', SUITE_TIMEOUT, () => settingsTests(stage));
}

function pictureTests(stage: () => Stage): void {
  for (const name of SIMPLE) {
    test(name, TIMEOUT, async () => {
      await open(stage(), name);
      const { page } = stage();
      const picture = await hover(page, TARGET);
      assertInside(await expectAnswer(page, shown), picture);
      await leave(page);
      await waitForNoBadge(page);
    });
  }
  for (const name of ADDRESSLESS) {
    test(`a frame without an address: ${name}`, TIMEOUT, async () => {
      await open(stage(), name);
      await hover(stage().page, TARGET);
      await expectAnswer(innerFrame(stage().page), shown);
    });
  }
  tests(stage, {
    'a page in a frame': checkFrame,
    'a picture that comes late': checkLate,
    'a background that comes late, below a pointer that rests': checkLazy,
    'a picture that is replaced': checkReplaced,
    'a picture that comes by scrolling': checkScrolled,
    'a page that changes without loading': checkNavigation,
    'a dialog above everything else': checkDialog,
    'a screen of high density': checkDensity,
    'badges in right-to-left text stand at the right': checkRtl,
    'a picture below something opaque is none': checkCovered,
  });
}

async function checkFrame(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'frame');
  const frame = page.frames().find((candidate) => candidate.url() === caseUrl('framed'));
  assert.ok(frame, 'the frame is there');
  await hover(page, READY);
  await expectAnswer(page, ready);
  await hover(page, TARGET);
  await expectAnswer(frame, shown);
  assert.equal(await readBadge(page), null, 'the badge of the outer page is gone');
  await hover(page, READY);
  await expectAnswer(page, ready);
  await waitForNoBadge(frame);
}

function innerFrame(page: Page): Frame {
  const frame = page.frames().find((candidate) => candidate.parentFrame() === page.mainFrame());
  assert.ok(frame, 'the page has a frame');
  return frame;
}

async function checkLate(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'late');
  await hover(page, TARGET);
  await frames(page, 10);
  assert.equal(await readBadge(page), null);
  await page.evaluate((url) => {
    const image = document.createElement('img');
    image.className = 'fill';
    image.src = url;
    document.getElementById('target')?.append(image);
  }, addressOf(shown));
  await expectAnswer(page, shown);
}

async function checkLazy(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'late');
  await page.evaluate((url) => {
    const target = document.getElementById('target');
    let timer: ReturnType<typeof setTimeout> | undefined;
    target?.addEventListener('pointermove', () => {
      clearTimeout(timer);
      timer = setTimeout(() => target.style.setProperty('background', `url("${url}") center / cover`), 600);
    });
  }, addressOf(shown));
  await hover(page, TARGET);
  await expectAnswer(page, shown);
}

async function checkReplaced(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'background');
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  await page.evaluate((url) => {
    document.getElementById('target')?.style.setProperty('background-image', `url("${url}")`);
  }, addressOf(ready));
  await expectAnswer(page, ready);
}

async function checkScrolled(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'scroll');
  await page.evaluate(() => scrollTo({ top: 400, behavior: 'instant' }));
  await page.mouse.move(100, 400, { steps: 3 });
  await frames(page, 10);
  assert.equal(await readBadge(page), null);
  await page.evaluate(() => {
    const { top } = document.getElementById('target')?.getBoundingClientRect() ?? { top: 0 };
    scrollBy({ top: top - 350, behavior: 'instant' });
  });
  await expectAnswer(page, shown);
  await page.evaluate(() => scrollBy({ top: 500, behavior: 'instant' }));
  await waitForNoBadge(page);
}

async function checkNavigation(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'image');
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  await page.evaluate((url) => {
    history.pushState(null, '', '/case/elsewhere');
    const fresh = document.createElement('div');
    fresh.id = 'target';
    fresh.style.background = `url("${url}") center / cover`;
    document.getElementById('target')?.replaceWith(fresh);
    document.dispatchEvent(new CustomEvent('yt-navigate-finish'));
  }, addressOf(ready));
  await expectAnswer(page, ready);
}

async function checkDialog(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'dialog');
  await page.evaluate(() => document.querySelector('dialog')?.showModal());
  const picture = await hover(page, TARGET);
  const badge = await expectAnswer(page, shown);
  assertInside(badge, picture);
  const home = await page.evaluate(() => document.querySelector('thumbprint-badge')?.parentElement?.localName);
  assert.equal(home, 'dialog', 'elsewhere the badge would be below the dialog');
}

async function checkDensity(stage: Stage): Promise<void> {
  const { page } = stage;
  await setViewport(page, { ...VIEWPORT, deviceScaleFactor: 2 });
  try {
    await open(stage, 'srcset');
    const picture = await hover(page, TARGET);
    assertInside(await expectAnswer(page, shown), picture);
  } finally {
    await setViewport(page, VIEWPORT);
  }
}

async function checkRtl(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'rtl');
  const picture = await hover(page, TARGET);
  const { box } = await expectAnswer(page, shown);
  assert.ok(Math.abs(picture.left + picture.width - 6 - box.left - box.width) <= 1, JSON.stringify(box));
}

async function checkCovered(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'image');
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  await page.evaluate(() => {
    const above = document.createElement('div');
    above.setAttribute('style', 'position: fixed; inset: 0; background: #fff');
    document.body.append(above);
  });
  await waitForNoBadge(page);
}

function settingsTests(stage: () => Stage): void {
  tests(stage, {
    'off is off at once, and on is on': checkSwitch,
    'a site that is off is off in its frames without an address': checkFramesOff,
    'the language changes at once': checkLanguage,
    'the time of rest is heeded, also for known answers': checkDwell,
    'other pictures count only where the person wants them': checkAnyPicture,
  });
}

async function checkSwitch(stage: Stage): Promise<void> {
  const { page } = stage;
  await openCard(stage);
  await changeSettings(stage, { enabled: false });
  await page.bringToFront();
  await waitForNoBadge(page);
  await hover(page, READY);
  await hover(page, TARGET);
  await frames(page, FRAMES);
  assert.equal(await page.evaluate(() => document.querySelector('thumbprint-badge')), null, 'not even an empty host');
  await changeSettings(stage, { enabled: true });
  await page.bringToFront();
  await hover(page, READY);
  await expectAnswer(page, ready);
}

async function checkFramesOff(stage: Stage): Promise<void> {
  const { page } = stage;
  for (const name of ADDRESSLESS) {
    await open(stage, name);
    await changeSettings(stage, { disabledSites: [HOST] });
    try {
      await page.bringToFront();
      await hover(page, TARGET);
      await frames(page, FRAMES);
      assert.equal(await readBadge(innerFrame(page)), null, name);
    } finally {
      await changeSettings(stage, { disabledSites: [] });
    }
    await page.bringToFront();
    await hover(page, TARGET, 3);
    await expectAnswer(innerFrame(page), shown);
  }
}

async function checkLanguage(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'image');
  await changeSettings(stage, { language: 'fr' });
  try {
    await page.bringToFront();
    await hover(page, TARGET);
    const { buttons } = await waitForCard(page, () => true);
    assert.ok(buttons.includes('Masquer sur ce site'), buttons.join());
  } finally {
    await changeSettings(stage, { language: 'auto' });
  }
}

async function checkDwell(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'image');
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  await leave(page);
  await waitForNoBadge(page);
  await changeSettings(stage, { dwellMs: 1500 });
  try {
    await page.bringToFront();
    const begun = performance.now();
    await hover(page, TARGET);
    await expectAnswer(page, shown);
    assert.ok(performance.now() - begun >= 1500, `answered after ${performance.now() - begun} ms`);
  } finally {
    await changeSettings(stage, { dwellMs: 80 });
  }
}

async function checkAnyPicture(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'wide');
  await hover(page, TARGET);
  await frames(page, FRAMES);
  assert.equal(await readBadge(page), null);
  await changeSettings(stage, { anyPicture: true });
  try {
    await page.bringToFront();
    await hover(page, TARGET, 3);
    const badge = await waitForBadge(page, 'what is missing', ({ state }) => state === 'error');
    assert.ok(badge.text.includes(HOST), badge.text);
    await hover(page, 'square');
    await waitForNoBadge(page);
  } finally {
    await changeSettings(stage, { anyPicture: false });
  }
}
