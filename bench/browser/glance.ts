/**
 * Forty thumbnails in view: how long until all of them are marked, beside what they cost one by one, in the same browser.
 *
 *     npm run bench-glance [-- chromium firefox]
 *
 * Prints a table, and exits with 1 where a bound is missed. Each of five browsers is new, with the extension just installed
 * and its background not running:
 *
 * - cold start: from the first message to the model that is loaded;
 * - forty answers: the same pictures by other names, one after the other, by a background that is warm;
 * - all marked: from the page's load to the fortieth mark, the background ended again and every answer forgotten;
 * - longest task: of the page's thread meanwhile. Firefox does not tell.
 */
import type { Page } from 'puppeteer-core';
import { frames, until } from '../../tests/e2e/badge.ts';
import { BROWSERS, type BrowserName } from '../../tests/e2e/browser.ts';
import { readExpected, type Thumbnail } from '../../tests/e2e/fixtures.ts';
import { addressOf, gridPage, HOST, htmlFiles, manyThumbnails, pictureFiles } from '../../tests/e2e/glance.ts';
import { ask, choose } from '../../tests/e2e/own-page.ts';
import { PAGES } from '../../tests/e2e/pages.ts';
import { setStage, type Stage } from '../../tests/e2e/stage.ts';
import { EXACT_CLOCK } from './plan.ts';
import { quantile } from './statistics.ts';
import { IDLE, QUIET, stopBackground } from './stopping.ts';

const RUNS = 5;
const COUNT = 40;
const MOST = 1.6; // times a cold start and forty answers
const LONGEST_TASK_MS = 50;
const SETTLED = 30; // frames

const { thumbnails } = readExpected();
const inView = manyThumbnails(thumbnails, COUNT, 'view');
const singly = manyThumbnails(thumbnails, COUNT + 1, 'singly');
const FILES = new Map([...htmlFiles({ '/forty': gridPage(inView) }), ...pictureFiles([...inView, ...singly])]);

/** Milliseconds. */
interface Run {
  cold: number;
  answers: number;
  marked: number;
  longestTask: number;
}

async function measure(browser: BrowserName): Promise<Run> {
  const stage = await setStage(browser, { thumbnails, files: FILES, preferences: { ...EXACT_CLOCK, ...IDLE } });
  try {
    const own = await stage.openExtensionPage(QUIET);
    await choose(own, { glanceSites: [HOST], dwellMs: 0 });
    await stopBackground(stage, own);
    const cold = await timed(() => own.evaluate(() => chrome.runtime.sendMessage({ type: 'warm-up' })));
    const [first, ...rest] = singly;
    await answer(own, first!);
    const answers = await timed(async () => {
      for (const one of rest) await answer(own, one);
    });
    await stopBackground(stage, own);
    await stage.page.bringToFront();
    return { cold, answers, ...(await openForty(stage)) };
  } finally {
    await stage.close();
  }
}

function answer(own: Page, one: Thumbnail): Promise<unknown> {
  return ask(own, { type: 'classify', url: addressOf(one), id: one.id });
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}

/** Measured in the page: when it was loaded, when its last mark came, and how long its thread was busy at once. */
async function openForty({ page }: Stage): Promise<Pick<Run, 'marked' | 'longestTask'>> {
  await page.evaluateOnNewDocument((count) => {
    const seen = { marked: NaN, longestTask: 0 };
    Object.assign(window, { seen });
    const timer = setInterval(() => {
      const marks = document.querySelector('thumbprint-glance')?.shadowRoot?.querySelectorAll('.mark').length ?? 0;
      const { loadEventEnd } = performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming;
      if (marks >= count) {
        seen.marked = performance.now() - loadEventEnd;
        clearInterval(timer);
      }
    }, 4);
    if (PerformanceObserver.supportedEntryTypes.includes('longtask')) {
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) seen.longestTask = Math.max(seen.longestTask, duration);
      }).observe({ type: 'longtask' });
    }
  }, COUNT);
  await page.goto(new URL('/forty', PAGES.plain).href, { waitUntil: 'load' });
  const read = () => page.evaluate(() => (window as unknown as { seen: Pick<Run, 'marked' | 'longestTask'> }).seen);
  const isMarked = () => page.evaluate(() => !Number.isNaN((window as unknown as { seen: Run }).seen.marked));
  await until('forty marks', isMarked, Boolean);
  await frames(page, SETTLED);
  return read();
}

/** Prints medians of a browser; false where one misses its bound. */
function report(browser: BrowserName, runs: readonly Run[]): boolean {
  const median = (of: (run: Run) => number): number => quantile(runs.map(of), 0.5);
  const ratio = median(({ cold, answers, marked }) => marked / (cold + answers));
  const longest = median(({ longestTask }) => longestTask);
  const rows: [string, string][] = [
    ['cold start', `${median(({ cold }) => cold).toFixed(0)} ms`],
    ['forty answers, one by one', `${median(({ answers }) => answers).toFixed(0)} ms`],
    ['all forty marked', `${median(({ marked }) => marked).toFixed(0)} ms`],
    [`by both together, at most ${MOST}`, ratio.toFixed(2)],
    [`longest task, below ${LONGEST_TASK_MS} ms`, browser === 'firefox' ? 'untold' : longest === 0 ? '< 50 ms' : `${longest.toFixed(0)} ms`],
  ];
  process.stdout.write(`\n${browser}, medians of ${runs.length}\n`);
  for (const [what, value] of rows) process.stdout.write(`${what.padEnd(34)}${value.padStart(10)}\n`);
  return ratio <= MOST && longest < LONGEST_TASK_MS;
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
