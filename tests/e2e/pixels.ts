/** Both browsers must make of a file the very pixels that Python makes of it: those in OUT/pixels. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { build } from 'esbuild';
import type { Page } from 'puppeteer-core';
import type { BrowserName } from './browser.ts';
import { readExpectedPixels, readOut, type Spec } from './fixtures.ts';
import { PAGES } from './pages.ts';
import type { Order } from './pixels-worker.ts';
import type { StaticFiles } from './server.ts';
import type { Stage } from './stage.ts';

const MEAN_TOLERANCE = 0.1; // of 255
const MAX_TOLERANCE = 2;
// In the extension's own background, which is a service worker in Chrome and a page in Firefox.
const HAS_VIDEO_FRAME = { chromium: false, firefox: true };
/** Where browsers differ from one another, Python is as Chrome is; docs/architecture.md says why. */
const FIREFOX = { turned: /^(?:xmp-before-exif6|exif-twice)-/, rounded: /^(?:grey|rgba?)16-/, roundedMean: 0.25 };
const TIMEOUT = { timeout: 60_000 };

type Asking = Window & { worker: Worker };

/** Declares a test for every picture; `stage` serves what `pixelFiles` returns. */
export function pixelTests(stage: () => Stage, browser: BrowserName): void {
  const { pictures, damaged, specs } = readExpectedPixels();
  const prepared = (picture: string, spec: Spec): Promise<string> =>
    order(stage().page, { url: `/pixels/${picture}`, spec, videoFrame: HAS_VIDEO_FRAME[browser] });
  before(async () => {
    await stage().page.goto(PAGES.plain);
    await startWorker(stage().page);
  }, TIMEOUT);
  for (const picture of pictures.filter((name) => browser === 'chromium' || !FIREFOX.turned.test(name))) {
    const tolerance = browser === 'firefox' && FIREFOX.rounded.test(picture) ? FIREFOX.roundedMean : MEAN_TOLERANCE;
    test(picture, TIMEOUT, async (context) => {
      const figures: string[] = [];
      for (const [label, spec] of Object.entries(specs)) figures.push(compare(await prepared(picture, spec), picture, label, tolerance));
      context.diagnostic(figures.join('; '));
    });
  }
  for (const picture of damaged) {
    test(`${picture} is refused`, TIMEOUT, async () => {
      for (const spec of Object.values(specs)) assert.match(await prepared(picture, spec), /^Error: ClassifyError: decode/);
    });
  }
}

/** The pictures and the bundled worker, by their path on the plain page's host. */
export async function pixelFiles(): Promise<StaticFiles> {
  const { pictures, damaged } = readExpectedPixels();
  const entry = join(import.meta.dirname, 'pixels-worker.ts');
  const bundle = await build({ entryPoints: [entry], bundle: true, write: false, format: 'esm', target: 'es2022' });
  const script = Buffer.from(bundle.outputFiles[0]?.contents ?? []);
  const served = new Map<string, { type: string; body: Buffer }>();
  served.set('/pixels/worker.js', { type: 'text/javascript', body: script });
  for (const name of [...pictures, ...damaged]) served.set(`/pixels/${name}`, { type: mime(name), body: readOut(`pixels/${name}`) });
  return served;
}

function mime(name: string): string {
  if (name.startsWith('image-jpg')) return 'image/jpg'; // which is no registered type, and often sent
  const extension = name.split('.').at(-1) ?? '';
  return `image/${extension === 'jpg' ? 'jpeg' : extension}`;
}

/** Compare what a browser made of a picture with what Python made of it; returns the figures. */
function compare(answer: string, picture: string, label: string, tolerance: number): string {
  assert.doesNotMatch(answer, /^Error/);
  const actual = Buffer.from(answer, 'base64');
  const expected = readOut(`pixels/${picture}.${label}.bin`);
  assert.equal(actual.length, expected.length);
  const { mean, max } = difference(actual, expected);
  const figures = `${label}: mean ${mean.toFixed(4)}, max ${max} of 255`;
  assert.ok(mean <= tolerance && max <= MAX_TOLERANCE, `${picture} ${figures}`);
  return figures;
}

function difference(actual: Uint8Array, expected: Uint8Array): { mean: number; max: number } {
  let sum = 0;
  let max = 0;
  for (const [index, level] of actual.entries()) {
    const off = Math.abs(level - (expected[index] ?? NaN));
    sum += off;
    max = Math.max(max, off);
  }
  return { mean: sum / actual.length, max };
}

/** One worker for all pictures, as the extension has one background. */
function startWorker(page: Page): Promise<void> {
  return page.evaluate(() => {
    Object.assign(window, { worker: new Worker('/pixels/worker.js', { type: 'module' }) });
  });
}

/** Have the worker prepare a picture; returns what it answers. */
function order(page: Page, wanted: Order): Promise<string> {
  return page.evaluate(
    (order) =>
      new Promise<string>((resolve, reject) => {
        const { worker } = window as unknown as Asking;
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = (event: MessageEvent<string>) => resolve(event.data);
        worker.postMessage(order);
      }),
    wanted,
  );
}
