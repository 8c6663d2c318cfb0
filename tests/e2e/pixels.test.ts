/** Both browsers must make of a file the very pixels that Python makes of it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { BROWSERS } from './browser.ts';
import { readExpectedPixels, readOut } from './fixtures.ts';
import { PAGES } from './pages.ts';
import type { Order } from './pixels-worker.ts';
import type { StaticFiles } from './server.ts';
import { setStage, type Stage } from './stage.ts';

const MEAN_TOLERANCE = 0.1; // of 255
const MAX_TOLERANCE = 2;
// In the extension's own background, which is a service worker in Chrome and a page in Firefox.
const HAS_VIDEO_FRAME = { chromium: false, firefox: true };
const TIMEOUT = { timeout: 60_000 };

const { pictures, damaged, specs } = readExpectedPixels();

for (const name of BROWSERS) {
  describe(`pixels in ${name}`, TIMEOUT, () => {
    let stage: Stage | undefined;
    before(async () => {
      stage = await setStage(name, { files: await files(), extension: null });
      await stage.page.goto(PAGES.plain);
    }, TIMEOUT);
    after(() => stage?.close());
    for (const picture of pictures) {
      test(picture, TIMEOUT, async (context) => {
        assert.ok(stage);
        const figures: string[] = [];
        for (const label of Object.keys(specs)) figures.push(await compare(stage, picture, label));
        context.diagnostic(figures.join('; '));
      });
    }
    for (const picture of damaged) {
      test(`${picture} is refused`, TIMEOUT, async () => {
        assert.ok(stage);
        assert.match(await order(stage, picture, 'stretch-128x224'), /^Error: ClassifyError: decode/);
      });
    }
  });
}

/** The pictures and the bundled worker, by their path on the plain page's host. */
async function files(): Promise<StaticFiles> {
  const entry = join(import.meta.dirname, 'pixels-worker.ts');
  const bundle = await build({ entryPoints: [entry], bundle: true, write: false, format: 'esm', target: 'es2022' });
  const script = Buffer.from(bundle.outputFiles[0]?.contents ?? []);
  const served = new Map<string, { type: string; body: Buffer }>();
  served.set('/pixels/worker.js', { type: 'text/javascript', body: script });
  for (const name of [...pictures, ...damaged]) {
    served.set(`/pixels/${name}`, { type: mime(name), body: readOut(`pixels/${name}`) });
  }
  return served;
}

function mime(name: string): string {
  const extension = name.split('.').at(-1) ?? '';
  return `image/${extension === 'jpg' ? 'jpeg' : extension}`;
}

/** Compare one picture for one input; returns the figures. */
async function compare(stage: Stage, picture: string, label: string): Promise<string> {
  const answer = await order(stage, picture, label);
  assert.doesNotMatch(answer, /^Error/);
  const actual = Buffer.from(answer, 'base64');
  const expected = readOut(`pixels/${picture}.${label}.bin`);
  assert.equal(actual.length, expected.length);
  const { mean, max } = difference(actual, expected);
  const figures = `${label}: mean ${mean.toFixed(4)}, max ${max} of 255`;
  assert.ok(mean <= MEAN_TOLERANCE && max <= MAX_TOLERANCE, `${picture} ${figures}`);
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

/** Have the worker prepare a picture; returns what it answers. */
function order({ name, page }: Stage, picture: string, label: string): Promise<string> {
  const spec = specs[label];
  assert.ok(spec);
  return page.evaluate(
    (wanted) =>
      new Promise<string>((resolve, reject) => {
        const worker = new Worker('/pixels/worker.js', { type: 'module' });
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = (event: MessageEvent<string>) => {
          worker.terminate();
          resolve(event.data);
        };
        worker.postMessage(wanted);
      }),
    { url: `/pixels/${picture}`, spec, videoFrame: HAS_VIDEO_FRAME[name] } satisfies Order,
  );
}
