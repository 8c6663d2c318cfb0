/** A person hovers thumbnails in a real browser: the badge must say what `backend predict` says of the same bytes. */
import assert from 'node:assert/strict';
import { before, describe, test, type TestContext } from 'node:test';
import type { Page } from 'puppeteer-core';
import {
  answerOf,
  frames,
  hover,
  leave,
  readBadge,
  readCard,
  until,
  waitForBadge,
  waitForNoBadge,
  type Badge,
} from './badge.ts';
import type { BrowserName } from './browser.ts';
import { made, readExpected, type Thumbnail } from './fixtures.ts';
import { LOGO, PAGES, SMALL, type PageName } from './pages.ts';
import type { Site } from './server.ts';
import { openPage, type Stage } from './stage.ts';
import { FAULTS, HELD, LOGO_PATH, THUMBNAIL_HOSTS, type Fault } from './thumbnails.ts';
import { serviceWorkers, stopServiceWorker } from './worker.ts';

const PROBABILITY_TOLERANCE = 0.01;
const TIMEOUT = { timeout: 120_000 };

/** What a person must be able to read when a picture goes wrong. */
const REASONS: Record<Fault, RegExp> = {
  reset: /no connection/,
  missing: /404/,
  truncated: /damaged/,
  html: /not a picture/,
  placeholder: /no thumbnail/,
};

/** What a browser asks of the pages' hosts for the pages themselves. */
const OWN_PATHS = ['/', '/style.css', '/favicon.ico'];

const { channels, thumbnails } = readExpected();
const pages = Object.keys(PAGES) as PageName[];
const faults = Object.keys(FAULTS) as Fault[];

/** First of all tests in a browser: what it has fetched once, it need not fetch again. */
export function hoverTests(stage: () => Stage, browser: BrowserName): void {
  for (const page of pages) describe(`${page} page`, TIMEOUT, () => pageTests(stage, page));
  test('only the hovered thumbnails were fetched, without cookies', () => checkTraffic(stage().site));
  if (browser === 'chromium') {
    test('answers again after its service worker was stopped', TIMEOUT, () => surviveStop(stage()));
  }
}

type Check = [what: string, check: (page: Page, context: TestContext) => Promise<void>];

/** What is checked on each page; `stage` is read when a test runs, after `before`. */
function pageTests(stage: () => Stage, name: PageName): void {
  const checks: Check[] = [
    ['each badge agrees with `backend predict`', checkAnswers],
    ['the layout of the page stays as it was', checkLayout],
    ['the badge lets the pointer through', checkPointer],
    ['moving away removes the badge', checkLeaving],
    ['staying opens a card with all channels, which goes as well', checkCard],
    ['another picture in the same place is answered anew', checkReplaced],
    ['a picture that is no thumbnail gets no badge', checkLogo],
    ['the badge fits into small pictures', checkSmall],
    ['a wait is shown until the answer comes', () => checkWaiting(stage(), name)],
    ...faults.map((fault): Check => [`an error is shown: ${fault}`, (page) => checkFault(page, fault)]),
    ['nothing offends the page', () => checkConsole(stage())],
  ];
  before(() => openPage(stage(), name, example(0).id), TIMEOUT);
  for (const [what, check] of checks) test(what, TIMEOUT, (context) => check(stage().page, context));
}

function example(index: number): Thumbnail {
  const thumbnail = thumbnails[index];
  assert.ok(thumbnail, 'expected.json lists too few thumbnails');
  return thumbnail;
}

async function checkAnswers(page: Page, context: TestContext): Promise<void> {
  assert.ok(thumbnails.length >= 6);
  let worst = 0;
  for (const thumbnail of thumbnails) {
    const badge = await answerOf(page, thumbnail.id);
    worst = Math.max(worst, compare(badge, thumbnail));
  }
  context.diagnostic(`largest difference of a probability: ${worst.toFixed(4)}`);
}

/** Compare a badge with the backend's answer; returns the difference of the probabilities. */
function compare(badge: Badge, thumbnail: Thumbnail): number {
  const what = `${thumbnail.source} (${thumbnail.path}): ${JSON.stringify(badge)}`;
  assert.equal(badge.state, thumbnail.known ? 'known' : 'unknown', what);
  if (!thumbnail.known) return 0;
  assert.equal(badge.channel, thumbnail.channel, what);
  assert.ok(badge.probability !== null, what);
  const difference = Math.abs(badge.probability - thumbnail.probability);
  assert.ok(difference <= PROBABILITY_TOLERANCE, `${what} instead of ${thumbnail.probability}`);
  const percent = /^(.+)\s(\d+)\s%$/u.exec(badge.text);
  assert.equal(percent?.[1], thumbnail.display_name, what);
  assert.ok(Math.abs(Number(percent[2]) - badge.probability * 100) <= 1, what);
  assert.ok(Number(percent[2]) < 100, 'nothing is certain');
  return difference;
}

interface Layout {
  scroll: number[];
  boxes: string[];
}

/** The size of the document and the place of every element in it. */
function layout(page: Page): Promise<Layout> {
  return page.evaluate(() => {
    const boxes = Array.from(document.querySelectorAll('body, body *:not(script)'), (element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      // Whole tenths: Firefox keeps places in floating point, and scrolling shows in the seventh digit.
      const box = [left + scrollX, top + scrollY, width, height].map((length) => length.toFixed(1));
      return `${element.localName}#${element.id} ${box.join(' ')}`;
    });
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
    return { scroll: [scrollWidth, scrollHeight, clientWidth, clientHeight], boxes };
  });
}

async function checkLayout(page: Page): Promise<void> {
  await leave(page);
  await waitForNoBadge(page);
  const without = await layout(page);
  await answerOf(page, example(1).id);
  assert.deepEqual(await layout(page), without);
}

async function checkPointer(page: Page): Promise<void> {
  const badge = await answerOf(page, example(0).id);
  const { left, top, width, height } = badge.box;
  const below = await page.evaluate(
    (x, y) => document.elementFromPoint(x, y)?.localName,
    left + width / 2,
    top + height / 2,
  );
  assert.ok(below);
  assert.notEqual(below, 'thumbprint-badge');
  await page.mouse.move(left + width / 2, top + height / 2, { steps: 3 });
  await frames(page, 2);
  assert.equal((await readBadge(page))?.text, badge.text, 'the badge stays while the pointer is on it');
}

async function checkLeaving(page: Page): Promise<void> {
  await answerOf(page, example(2).id);
  await leave(page);
  await waitForNoBadge(page);
}

async function checkCard(page: Page): Promise<void> {
  const thumbnail = example(2);
  const badge = await answerOf(page, thumbnail.id);
  const card = await until('a card', () => readCard(page), (found) => found !== null);
  assert.equal(card?.title, badge.text);
  assert.equal(card.bars.length, channels.length);
  for (const [name, percent] of card.bars) {
    const index = channels.findIndex(({ display_name }) => display_name === name);
    const share = (thumbnail.probabilities[index] ?? NaN) * 100;
    assert.match(percent, /^<?\d{1,2}\s%$/u, 'neither certain nor impossible');
    assert.ok(Math.abs(Number.parseInt(percent.replace('<', '')) - share) <= 1 + 100 * PROBABILITY_TOLERANCE, `${name}: ${percent}`);
  }
  await leave(page);
  await waitForNoBadge(page);
  assert.equal(await readCard(page), null);
}

async function checkReplaced(page: Page): Promise<void> {
  const first = made(thumbnails, 'sure');
  const second = made(thumbnails, 'sure', first.channel);
  compare(await answerOf(page, first.id), first);
  await show(page, first.id, `https://i.ytimg.com${second.path}`);
  const badge = await waitForBadge(page, `the answer for ${second.id}`, ({ channel }) => channel === second.channel);
  compare(badge, second);
}

async function show(page: Page, id: string, url: string): Promise<void> {
  await page.evaluate((wanted, source) => document.getElementById(wanted)?.setAttribute('src', source), id, url);
}

async function checkLogo(page: Page): Promise<void> {
  await answerOf(page, example(0).id);
  await hover(page, LOGO);
  await waitForNoBadge(page);
}

async function checkSmall(page: Page): Promise<void> {
  const answer = await answerOf(page, SMALL[0]);
  compare(answer, example(0));
  const error = await answerOf(page, SMALL[1]);
  assert.equal(error.state, 'error');
  for (const { text, clipped } of [answer, error]) assert.ok(!clipped, `a part of "${text}" is cut off`);
}

async function checkWaiting({ site, page }: Stage, name: PageName): Promise<void> {
  await hover(page, HELD[name]);
  const badge = await waitForBadge(page, 'a badge that waits', ({ state }) => state === 'waiting');
  assert.notEqual(badge.text, '');
  await until('the request for the thumbnail', site.release, (released) => released > 0);
  await waitForBadge(page, 'the answer after the wait', ({ state }) => state === 'known' || state === 'unknown');
}

async function checkFault(page: Page, fault: Fault): Promise<void> {
  const badge = await answerOf(page, FAULTS[fault]);
  assert.equal(badge.state, 'error', JSON.stringify(badge));
  assert.match(badge.text, REASONS[fault]);
  assert.match(badge.text, /\p{L}+ \p{L}+/u, 'a sentence, not a key');
}

/** Violations that the page saw, and lines on its console that name the extension or the policy. */
async function checkConsole({ page, consoleLines }: Stage): Promise<void> {
  const violations = await page.evaluate(() => (window as unknown as { violations: string[] }).violations);
  assert.deepEqual(violations, []);
  // Firefox says this of the page's own truncated picture.
  const own = 'uncaught: Error: Image corrupt or truncated';
  const named = consoleLines.filter((line) => /extension:|policy|thumbprint|uncaught/i.test(line));
  assert.deepEqual(
    named.filter((line) => !line.startsWith(own)),
    [],
  );
}

function checkTraffic({ refused, asked }: Site): void {
  assert.deepEqual(refused, []);
  const onPages = asked.filter(({ host }) => !THUMBNAIL_HOSTS.includes(host)).map(({ path }) => path);
  assert.deepEqual(
    onPages.filter((path) => !OWN_PATHS.includes(path)),
    [],
  );
  const fetched = asked.filter(({ destination }) => destination === 'empty');
  const hovered = [...thumbnails.map(({ id }) => id), ...Object.values(FAULTS), ...Object.values(HELD)];
  for (const { host, path } of fetched) {
    assert.ok(THUMBNAIL_HOSTS.includes(host), `${host}${path} was fetched`);
    assert.ok(hovered.includes(path.split('/')[2] ?? ''), `${path} was fetched, but never hovered`);
  }
  assert.ok(fetched.length > 0, 'the log must show the extension at work');
  assert.ok(
    asked.some(({ path }) => path === LOGO_PATH),
    'the page itself showed the logo',
  );
  assert.deepEqual(
    fetched.filter(({ cookie }) => cookie),
    [],
  );
}

async function surviveStop(stage: Stage): Promise<void> {
  await openPage(stage, 'plain', example(0).id);
  await stopServiceWorker(stage.browser);
  const thumbnail = example(3);
  compare(await answerOf(stage.page, thumbnail.id), thumbnail);
  assert.equal(serviceWorkers(stage.browser).length, 1, 'the answer came from a restarted worker');
}
