/** The pointer crosses sixty thumbnails: only those that it rests on are fetched. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { REST_SHARE } from '../../extension/src/content/hover-visit.ts';
import { DEFAULT_SETTINGS } from '../../extension/src/shared/settings.ts';
import { frames } from './badge.ts';
import { FRAMES, TIMEOUT } from './case-stage.ts';
import { PAGES } from './pages.ts';
import type { StaticFiles } from './server.ts';
import { openAddress, type Stage } from './stage.ts';

const COUNT = 60;
const ADDRESS = `${PAGES.plain}sweep`;
const STEP = 30; // px
/** Crossed without a rest: fewer would say nothing. A machine that pauses for longer than a rest is given another try. */
const MIN_CROSSED = COUNT / 2;
const TRIES = 3;

/** A page of thumbnails that no server has; what is asked for them is noted all the same. */
export function sweepFiles(ready: string): StaticFiles {
  const images = Array.from({ length: COUNT }, (_, index) => `<img id="${idOf(index)}" src="https://i.ytimg.com/vi/${idOf(index)}/mqdefault.jpg">`);
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sweep</title><link rel="icon" href="data:,">
    <style>body { margin: 0; width: 1280px } img { width: 120px; height: 68px; margin: 4px } #ready { display: block }</style>
    <img id="ready" src="${ready}" alt="">${images.join('')}</html>`;
  return new Map([[ADDRESS, { type: 'text/html; charset=utf-8', body: Buffer.from(body) }]]);
}

function idOf(index: number): string {
  return `sweep-${String(index).padStart(5, '0')}`;
}

export function sweepTests(stage: () => Stage): void {
  test('what the pointer does not rest on is not fetched', TIMEOUT, async () => {
    const { page, site } = stage();
    await openAddress(stage(), ADDRESS, 'ready');
    await record(page);
    let crossed: string[] = [];
    for (let tries = 0; tries < TRIES && crossed.length < MIN_CROSSED; tries++) {
      site.asked.length = 0;
      const seen = await sweep(page);
      await frames(page, FRAMES);
      crossed = seen.filter(({ rested }) => !rested).map(({ id }) => id);
      const fetched = site.asked.filter(({ destination }) => destination === 'empty').map(({ path }) => path.split('/')[2] ?? '');
      assert.deepEqual(crossed.filter((id) => fetched.includes(id)), []);
    }
    assert.ok(crossed.length >= MIN_CROSSED, `the pointer crossed ${crossed.length} thumbnails without a rest`);
  });

  test('what it rests on is', TIMEOUT, async () => {
    const { page, site } = stage();
    site.asked.length = 0;
    const box = await page.evaluate((id) => document.getElementById(id)!.getBoundingClientRect().toJSON() as DOMRect, idOf(COUNT - 1));
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
    await page.waitForFunction(() => document.querySelector('thumbprint-badge')?.shadowRoot?.querySelector('.badge'));
    assert.ok(site.asked.some(({ destination, path }) => destination === 'empty' && path.includes(idOf(COUNT - 1))));
  });
}

interface Crossed {
  id: string;
  rested: boolean;
}
type Recording = Window & { crossed: Map<string, boolean>; last: { id: string; time: number } };

/** The page notes, with its own clock, over which thumbnail the pointer was and whether it came to rest there. */
async function record(page: Page): Promise<void> {
  const restMs = DEFAULT_SETTINGS.dwellMs * REST_SHARE * 0.8; // clocks differ: a little less may be a rest
  await page.evaluate((least) => {
    const recording = window as unknown as Recording;
    recording.crossed = new Map();
    recording.last = { id: '', time: -Infinity };
    document.addEventListener('pointermove', ({ target }) => {
      const { crossed, last } = recording;
      const now = performance.now();
      if (now - last.time >= least && crossed.has(last.id)) crossed.set(last.id, true);
      const { id } = target as Element;
      if (id.startsWith('sweep-') && !crossed.has(id)) crossed.set(id, false);
      recording.last = { id, time: now };
    });
  }, restMs);
}

/** Row by row, and down to the empty page; gives what was crossed. */
async function sweep(page: Page): Promise<Crossed[]> {
  await page.evaluate(() => (window as unknown as Recording).crossed.clear());
  const rows = await page.evaluate(() => [...new Set(Array.from(document.images, (image) => image.getBoundingClientRect().top))].slice(1));
  for (const [row, top] of rows.entries()) {
    const steps = Math.floor(1200 / STEP);
    for (let step = 0; step < steps; step++) {
      const across = row % 2 === 0 ? step : steps - step;
      await page.mouse.move(10 + across * STEP, top + 30);
    }
  }
  await page.mouse.move(640, 890);
  return page.evaluate(() => [...(window as unknown as Recording).crossed].map(([id, rested]) => ({ id, rested })));
}
