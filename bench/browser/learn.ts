/**
 * What learning channels in the browser takes, beside what answers take in the same browser.
 *
 *     npm run bench-learn [-- chromium firefox]
 *
 * Prints a table, and exits with 1 where a bound is missed. Each of five browsers is new; its extension knows five
 * artificial channels at first:
 *
 * - thirty answers: pictures by names of their own, one after the other, by a background that is warm;
 * - learnt: thirty thumbnails of a channel's page, from the pill's press to the panel, from *Learn* to the preview, and
 *   from *Keep* to the end. How long a person thinks in between, or the driver, is left out;
 * - longest task: of the page's thread meanwhile; where a browser does not tell (Firefox), the longest time for which a
 *   timer of 4 ms had to wait, which is more: also what other programs take is in it;
 * - answers with 5 and with 500 channels;
 * - a fit of fifty channels of thirty thumbnails, in a worker.
 */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { parseMetadata } from '../../extension/src/model/metadata.ts';
import { frames, until } from '../../tests/e2e/badge.ts';
import { BROWSERS, type BrowserName } from '../../tests/e2e/browser.ts';
import { OUT, readExpected, type Thumbnail } from '../../tests/e2e/fixtures.ts';
import { addressOf, HOST, htmlFiles, manyThumbnails, pictureFiles } from '../../tests/e2e/glance.ts';
import { pageFile, pressButton, pressPill, RELEASED } from '../../tests/e2e/learning.ts';
import { askLearning } from '../../tests/e2e/learning-store.ts';
import { setStage, type Stage } from '../../tests/e2e/stage.ts';
import { artificialFile } from './artificial.ts';
import { bundle } from './extension.ts';
import { EXACT_CLOCK } from './plan.ts';
import { quantile } from './statistics.ts';
import { QUIET } from './stopping.ts';
import type { Order } from './worker/fit.ts';

const RUNS = 5;
const COUNT = 30;
const MOST_LEARNING = 1.6; // times thirty answers
const MOST_ANSWERING = 1.3; // times an answer with few channels
const LONGEST_TASK_MS = 50;
const FIT_MS = 100;
const [FEW, MANY, FITTED] = [5, 500, 50];
const SETTLED = 30; // frames

const MODEL = join(OUT, 'released/model');
const { features } = parseMetadata(JSON.parse(readFileSync(join(MODEL, 'metadata.json'), 'utf8')));
if (features === null) throw new Error(`${MODEL} brings nothing to learn with`);
const SPACE = { fingerprint: features.fingerprint, components: features.prior.components };
const LAYOUT = features.prior;

const { thumbnails } = readExpected();
const [learnt, warm, singly, few, many] = ['learn', 'warm', 'singl', 'few', 'many'].map((prefix) =>
  manyThumbnails(thumbnails, COUNT, prefix).map((one) => ({ ...one, path: `/vi/${one.id}/mqdefault.jpg` })),
);
const POSTER = { name: 'Measured', handle: '@Measured' };
const OWN_PAGE = 'https://www.youtube.com/@Measured/videos';
const FIT_PAGE = `https://${HOST}/fit`;

/** Milliseconds. */
interface Run {
  answers: number;
  learnt: number;
  longestTask: number;
  few: number;
  many: number;
  fit: number;
}

async function measure(browser: BrowserName): Promise<Run> {
  const stage = await setStage(browser, { extension: RELEASED, files: await files(), preferences: EXACT_CLOCK });
  try {
    const own = await stage.openExtensionPage(QUIET);
    await know(own, 0, FEW);
    await answerAll(own, warm!);
    const answers = await answerAll(own, singly!);
    await stage.page.bringToFront();
    const learning = await learn(stage);
    await own.bringToFront();
    const withFew = await answerAll(own, few!);
    await know(own, FEW, MANY - 1); // with the one that was learnt
    await answerAll(own, warm!);
    const withMany = await answerAll(own, many!);
    return { answers, ...learning, few: withFew, many: withMany, fit: await fit(stage) };
  } finally {
    await stage.close();
  }
}

async function files(): Promise<Map<string, { type: string; body: Buffer }>> {
  const script = join(tmpdir(), `thumbprint-fit-${process.pid}.js`);
  await bundle(join(import.meta.dirname, 'worker/fit.ts'), script);
  const page = pageFile('/@Measured/videos', { poster: POSTER, id: `UC${'m'.repeat(22)}`, videos: learnt!.map(({ id }) => id) });
  return new Map([
    page,
    ...htmlFiles({ '/fit': '<!doctype html><title>Fit</title>' }),
    ...pictureFiles([learnt, warm, singly, few, many].flatMap((group) => group!)),
    [`https://${HOST}/fit.js`, { type: 'text/javascript', body: readFileSync(script) }],
    [`https://${HOST}/prior.bin`, { type: 'application/octet-stream', body: readFileSync(join(MODEL, LAYOUT.file)) }],
  ]);
}

/** Imports artificial channels. */
async function know(own: Page, from: number, to: number): Promise<void> {
  const reply = await askLearning(own, { type: 'import-channels', text: artificialFile(from, to, COUNT, SPACE), apply: '1' });
  if (reply?.ok !== true || reply.added !== to - from) throw new Error(`not imported: ${JSON.stringify(reply)}`);
}

/** One after the other, measured in a page of the extension. */
async function answerAll(own: Page, pictures: readonly Thumbnail[]): Promise<number> {
  const took = await own.evaluate(async (urls) => {
    const begun = performance.now();
    for (const url of urls) {
      const reply = await chrome.runtime.sendMessage<unknown, { ok: boolean }>({ type: 'classify', url, id: url });
      if (!reply.ok) return NaN;
    }
    return performance.now() - begun;
  }, pictures.map(addressOf));
  if (Number.isNaN(took)) throw new Error('a picture was not answered');
  return took;
}

/** Learns the channel of a page as a person does; measured in the page. */
async function learn({ page }: Stage): Promise<Pick<Run, 'learnt' | 'longestTask'>> {
  await page.evaluateOnNewDocument(watchPanel);
  await page.goto(OWN_PAGE, { waitUntil: 'load' });
  await pressPill(page);
  await shows(page, 'Learn');
  await pressButton(page, 'Learn');
  await shows(page, 'Keep');
  await pressButton(page, 'Keep');
  await shows(page, 'Undo');
  await frames(page, SETTLED);
  const { presses, seen, longestTask } = await page.evaluate(() => (window as unknown as { watched: Watched }).watched);
  const waits = ['Learn', 'Keep', 'Undo'].map((button, turn) => (seen[button] ?? NaN) - (presses[turn] ?? NaN));
  return { learnt: waits.reduce((sum, wait) => sum + wait), longestTask };
}

/** Waits until the panel has a button that can be pressed; what is drawn is not read back, which is a long task itself. */
async function shows(page: Page, button: string): Promise<void> {
  const isThere = (): Promise<boolean> => page.evaluate((text) => text in (window as unknown as { watched: Watched }).watched.seen, button);
  await until(`the button ${button}`, isThere, Boolean);
}

interface Watched {
  /** When something was pressed, and when each button of the panel was first there. */
  presses: number[];
  seen: Record<string, number>;
  longestTask: number;
}

/** Runs in the page. */
function watchPanel(): void {
  const watched: Watched = { presses: [], seen: {}, longestTask: 0 };
  const tells = PerformanceObserver.supportedEntryTypes.includes('longtask');
  let last = performance.now();
  Object.assign(window, { watched });
  addEventListener('pointerdown', () => watched.presses.push(performance.now()), { capture: true });
  setInterval(() => {
    const now = performance.now();
    if (!tells && watched.presses.length > 0) watched.longestTask = Math.max(watched.longestTask, now - last);
    last = now;
    const takes = document.querySelector('thumbprint-learn-controls')?.shadowRoot;
    for (const button of takes?.querySelectorAll<HTMLButtonElement>('.bottom button:enabled') ?? []) {
      watched.seen[button.dataset['text'] ?? ''] ??= performance.now();
    }
  }, 4);
  if (tells) {
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watched.longestTask = Math.max(watched.longestTask, duration);
    }).observe({ type: 'longtask' });
  }
}

async function fit({ page }: Stage): Promise<number> {
  await page.goto(FIT_PAGE);
  const order: Order = { layout: LAYOUT, file: '/prior.bin', channels: FITTED, examples: COUNT, runs: 5 };
  const times = await page.evaluate(
    (asked) =>
      new Promise<number[]>((done) => {
        const worker = new Worker('/fit.js', { type: 'module' });
        worker.onmessage = ({ data }) => done(data as number[]);
        worker.postMessage(asked);
      }),
    order,
  );
  return quantile(times, 0.5);
}

/** Prints medians of a browser; false where one misses its bound. */
function report(browser: BrowserName, runs: readonly Run[]): boolean {
  const median = (of: (run: Run) => number): number => quantile(runs.map(of), 0.5);
  const learning = median((run) => run.learnt / run.answers);
  const answering = median((run) => run.many / run.few);
  const longest = median((run) => run.longestTask);
  const ms = (of: (run: Run) => number): string => `${median(of).toFixed(0)} ms`;
  const rows: [string, string][] = [
    ['thirty answers, one by one', ms((run) => run.answers)],
    ['thirty thumbnails learnt', ms((run) => run.learnt)],
    [`by the answers, at most ${MOST_LEARNING}`, learning.toFixed(2)],
    [`longest task, below ${LONGEST_TASK_MS} ms`, longest === 0 ? '< 50 ms' : `${longest.toFixed(0)} ms`],
    [`thirty answers, ${FEW} channels known`, ms((run) => run.few)],
    [`thirty answers, ${MANY} channels known`, ms((run) => run.many)],
    [`by those with ${FEW}, at most ${MOST_ANSWERING}`, answering.toFixed(2)],
    [`fit of ${FITTED} channels, at most ${FIT_MS} ms`, ms((run) => run.fit)],
  ];
  process.stdout.write(`\n${browser}, medians of ${runs.length}\n`);
  for (const [what, value] of rows) process.stdout.write(`${what.padEnd(36)}${value.padStart(10)}\n`);
  return learning <= MOST_LEARNING && longest < LONGEST_TASK_MS && answering <= MOST_ANSWERING && median((run) => run.fit) <= FIT_MS;
}

async function main(): Promise<void> {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !BROWSERS.includes(name as BrowserName));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${BROWSERS.join(', ')}`);
  for (const browser of (named.length > 0 ? named : BROWSERS) as readonly BrowserName[]) {
    const runs: Run[] = [];
    for (let run = 0; run < RUNS; run++) runs.push(await measure(browser));
    if (!report(browser, runs)) process.exitCode = 1;
  }
}

void main();
