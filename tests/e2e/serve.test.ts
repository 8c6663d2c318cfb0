/** The extension and the server of this repository together: heat, report and model, and a server that has stopped. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { startBackend, type Backend } from './backend-server.ts';
import { answerOf, hover, until } from './badge.ts';
import { BROWSERS, type BrowserName } from './browser.ts';
import { assertReadable } from './card-access.ts';
import { clickButton, openCard, waitForCard } from './card.ts';
import { channels, expectAnswer, HOST, open, ready, shown, SUITE_TIMEOUT, thumbnails, TIMEOUT } from './case-stage.ts';
import { addressOf, caseFiles, TARGET } from './cases.ts';
import { boxOf, distance, waitForHeat as waitForLayer, waitForNoHeat, waitForWhy } from './heat.ts';
import { made, readOut, type Thumbnail } from './fixtures.ts';
import { ask, choose, OPTIONS } from './own-page.ts';
import { PAGES } from './pages.ts';
import { openPage, setStage, type Stage } from './stage.ts';
import { THUMBNAIL_HOSTS } from './thumbnails.ts';

const WHY = `build/why.html?url=${encodeURIComponent(addressOf(shown))}`;
const REPORT_MS = 60_000; // the first to open it waits until it is drawn
const SHOWN_TIMEOUT = { timeout: 20_000 };

interface Scene {
  stage: Stage;
  backend: Backend;
}

describe('the server of this repository', SUITE_TIMEOUT, () => {
  let backend: Backend | undefined;
  const stages = new Map<BrowserName, Stage>();
  before(async () => {
    backend = await startBackend();
  }, TIMEOUT);
  after(async () => {
    for (const stage of stages.values()) await stage.close();
    await backend?.stop();
  });
  const running = (): Backend => {
    assert.ok(backend);
    return backend;
  };
  const scene = (name: BrowserName): Scene => {
    const stage = stages.get(name);
    assert.ok(stage);
    return { stage, backend: running() };
  };
  for (const name of BROWSERS) {
    describe(`with ${name}`, SUITE_TIMEOUT, () => {
      before(async () => void stages.set(name, await openStage(name, running())), TIMEOUT);
      serverTests(() => scene(name));
    });
  }
  describe('once it has stopped', SUITE_TIMEOUT, () => {
    before(() => running().stop(), TIMEOUT);
    for (const name of BROWSERS) {
      test(`${name} says how to start it, and still answers`, TIMEOUT, () => checkStopped(scene(name)));
    }
  });
});

function serverTests(scene: () => Scene): void {
  const tests = {
    'Why? lays heat over the thumbnail, and takes it off': checkWhy,
    'it needs no leave from a page that forbids foreign pictures and scripts': checkStrict,
    'it speaks for the nearest channel where a thumbnail is of none': checkNearest,
    'the page that explains shows the heat of the server over the thumbnail': checkHeat,
    'the card leads to its report': checkReport,
    'its model is taken, answers, and is given back': checkModel,
    'nobody else was asked': checkTraffic,
  };
  for (const [what, check] of Object.entries(tests)) {
    test(what, TIMEOUT, () => check(scene()));
  }
}

/** A browser with the case pages, in whose options the server is named. */
async function openStage(name: BrowserName, { origin }: Backend): Promise<Stage> {
  const stage = await setStage(name, { thumbnails, files: caseFiles(shown, ready, readOut(shown.file)) });
  const own = await stage.openExtensionPage(OPTIONS);
  await choose(own, { server: origin });
  await own.close();
  await stage.page.bringToFront();
  return stage;
}

async function checkHeat({ stage, backend }: Scene): Promise<void> {
  const page = await openWhy(stage);
  const first = await waitForHeat(page, '');
  assert.equal(await page.$eval('#channel', (select) => (select as HTMLSelectElement).value), shown.channel);
  assert.equal(first.sum, await heatSum(backend, shown.channel), 'these are the bytes of the server');
  assert.ok(first.covers, 'the heat lies on the thumbnail');
  assert.equal(first.legend, 'says little / says much');
  await page.click('#heat-shown');
  await page.waitForSelector('#heat', { hidden: true, ...SHOWN_TIMEOUT });
  await page.click('#heat-shown');
  assert.equal((await waitForHeat(page, '')).sum, first.sum, 'it is the same as before');
  const other = channels.find(({ name }) => name !== shown.channel);
  assert.ok(other);
  await page.select('#channel', other.name);
  const second = await waitForHeat(page, first.sum);
  assert.equal(second.sum, await heatSum(backend, other.name));
  await page.close();
  await stage.page.bringToFront();
}

/** What the server says of the thumbnail's bytes, in numbers. */
async function numbersOf({ origin }: Backend): Promise<{ grid: number[][]; box: number[]; size: number[]; channel: string }> {
  const response = await fetch(`${origin}/saliency?method=gradcam&channel=${shown.channel}`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new Uint8Array(readOut(shown.file)),
  });
  return (await response.json()) as Awaited<ReturnType<typeof numbersOf>>;
}

/** The place with most heat, as [x, y]. */
function hottestOf(grid: number[][]): [number, number] {
  const best = Math.max(...grid.map((row) => Math.max(...row)));
  const y = grid.findIndex((row) => row.includes(best));
  return [grid[y]?.indexOf(best) ?? -1, y];
}

async function checkWhy({ stage, backend }: Scene): Promise<void> {
  const { page } = stage;
  await openCard(stage);
  await clickButton(page, 'Why?');
  const { layer, pressed, legend, note } = await waitForLayer(page);
  const { grid, box, size } = await numbersOf(backend);
  assert.ok(pressed && layer.painted > 0);
  assert.equal(legend, 'says littlesays much');
  assert.ok(note.includes(shown.display_name), note);
  assert.deepEqual([layer.width, layer.height], [grid[0]?.length, grid.length]);
  const [x, y] = hottestOf(grid);
  assert.ok(Math.hypot(layer.hottest[0] - x, layer.hottest[1] - y) <= 2, `${layer.hottest.join()} for ${[x, y].join()}`);
  const picture = await boxOf(page, TARGET);
  assert.ok(distance(layer.clip, picture) < 1, JSON.stringify([layer.clip, picture]));
  const [left = 0, top = 0, right = 0, bottom = 0] = box;
  const [scaleX, scaleY] = [picture.width / (size[0] ?? 1), picture.height / (size[1] ?? 1)];
  const wanted = { left: picture.left + left * scaleX, top: picture.top + top * scaleY, width: (right - left) * scaleX, height: (bottom - top) * scaleY };
  assert.ok(distance(layer.grid, wanted) < 1, JSON.stringify([layer.grid, wanted]));
  await assertReadable(page);
  await clickButton(page, 'Why?');
  await waitForNoHeat(page);
  await waitForWhy(page, 'a button that is not pressed', (why) => !why.pressed && why.legend === null);
}

async function checkStrict({ stage }: Scene): Promise<void> {
  const { page } = stage;
  await askOnYouTube(stage, shown);
  const { layer } = await waitForLayer(page);
  assert.ok(layer.painted > 0);
  assert.ok(distance(layer.clip, await boxOf(page, shown.id)) < 1, JSON.stringify(layer.clip));
  assert.equal(layer.radius, '12px', 'as round as the page cuts the thumbnail off');
  const violations = await page.evaluate(() => (window as unknown as { violations: string[] }).violations);
  assert.deepEqual(violations, []);
}

/** Press *Why?* on a thumbnail of the page that is built like YouTube's. */
async function askOnYouTube(stage: Stage, { id }: Thumbnail): Promise<void> {
  await openPage(stage, 'youtube', id);
  await answerOf(stage.page, id);
  await waitForCard(stage.page, () => true);
  await clickButton(stage.page, 'Why?');
}

async function checkNearest({ stage }: Scene): Promise<void> {
  const stranger = made(thumbnails, 'unknown');
  await askOnYouTube(stage, stranger);
  const { note } = await waitForLayer(stage.page);
  const nearest = channels[stranger.probabilities.indexOf(Math.max(...stranger.probabilities))]?.display_name;
  assert.equal(note, `None of your channels. The warmer a part, the more it speaks for the nearest, ${String(nearest)}.`);
}

/** Open the page that explains by the button of the card; Firefox does not tell of tabs that an extension opens. */
async function openWhy(stage: Stage): Promise<Page> {
  const { buttons } = await openCard(stage);
  assert.ok(buttons.includes('Details'), buttons.join());
  if (stage.name === 'firefox') return stage.openExtensionPage(WHY);
  const page = await newPage(stage, () => clickButton(stage.page, 'Details'));
  await until('the page that explains', () => page.url(), (url) => url.endsWith(WHY));
  return page;
}

/** Do what opens a tab, and return its page. */
async function newPage({ browser }: Stage, act: () => Promise<void>): Promise<Page> {
  const before = await browser.pages();
  await act();
  const find = async (): Promise<Page | undefined> => (await browser.pages()).find((page) => !before.includes(page));
  let found: Page | undefined;
  await until('another tab', async () => (found = await find()) !== undefined, (is) => is);
  assert.ok(found);
  return found;
}

interface Heat {
  /** The SHA-256 of its file. */
  sum: string;
  /** Whether it lies on the thumbnail and has its size. */
  covers: boolean;
  legend: string;
}

/** Wait until a heatmap is shown that is not the one with this checksum. */
async function waitForHeat(page: Page, old: string): Promise<Heat> {
  await page.waitForSelector('#heat', { visible: true, ...SHOWN_TIMEOUT });
  const heat = await until('another heatmap', () => readHeat(page), (seen) => seen !== null && seen.sum !== old);
  assert.ok(heat);
  return heat;
}

/** The heatmap that a person sees, or null. */
function readHeat(page: Page): Promise<Heat | null> {
  return page.evaluate(async () => {
    const [heat, picture] = ['#heat', '#picture'].map((id) => document.querySelector<HTMLImageElement>(id));
    if (!heat?.checkVisibility() || !picture || heat.naturalWidth === 0) return null;
    const bytes = await (await fetch(heat.src)).arrayBuffer();
    const sum = Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) => byte.toString(16).padStart(2, '0'));
    const [box, around] = [heat.getBoundingClientRect(), picture.getBoundingClientRect()];
    const sides = ['left', 'top', 'right', 'bottom'] as const;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const legend = Array.from(document.querySelectorAll('.legend span:not(.ramp)'), (word) => (word.checkVisibility() ? word.textContent : ''));
    return {
      sum: sum.join(''),
      covers: top === heat && box.width > 100 && sides.every((side) => Math.abs(box[side] - around[side]) < 1),
      legend: legend.join(' / '),
    };
  });
}

/** The checksum of what the server draws for the thumbnail's bytes. */
async function heatSum({ origin }: Backend, channel: string): Promise<string> {
  const response = await fetch(`${origin}/saliency?method=gradcam&channel=${channel}`, {
    method: 'POST',
    body: new Uint8Array(readOut(shown.file)),
  });
  assert.equal(response.headers.get('content-type'), 'image/png');
  return createHash('sha256').update(Buffer.from(await response.arrayBuffer())).digest('hex');
}

async function checkReport({ stage, backend }: Scene): Promise<void> {
  await openCard(stage);
  const page = await newPage(stage, () => clickButton(stage.page, 'Report'));
  // Read from outside: the page forbids scripts that are made of text, as a driver's own waiting is.
  const isThere = () => page.evaluate(() => location.pathname === '/report' && document.querySelector('h1') !== null).catch(() => false);
  await until('the report', isThere, (there) => there, REPORT_MS);
  assert.equal(await page.evaluate(() => location.origin), backend.origin);
  const heading = await page.$eval('h1', ({ textContent }) => textContent);
  assert.equal(heading, channels.map(({ display_name }) => display_name).join(', '));
  await page.close();
  await stage.page.bringToFront();
}

async function checkModel({ stage }: Scene): Promise<void> {
  const page = await stage.openExtensionPage(OPTIONS);
  for (const [button, origin, words] of [
    ['#update', 'server', /^The server’s model is in use: version /],
    ['#revert', 'packaged', /^The packaged model is in use: version /],
  ] as const) {
    await page.bringToFront();
    await page.waitForSelector(`${button}:enabled`, SHOWN_TIMEOUT);
    await page.click(button);
    const result = () => page.$eval('#model-result', ({ textContent }) => textContent);
    await until(String(words), result, (text) => words.test(text));
    const { model } = await ask(page, { type: 'status' });
    assert.ok(model.ok && model.origin === origin, JSON.stringify(model));
    await ask(page, { type: 'clear-cache' }); // both have the same version, and so the same answers in it
    await stage.page.bringToFront();
    await checkAnswer(stage);
  }
  await page.close();
}

/** The badge gives the backend's answer. */
async function checkAnswer(stage: Stage): Promise<void> {
  await open(stage, 'image');
  await hover(stage.page, TARGET);
  await expectAnswer(stage.page, shown);
}

/** What goes to the server does not come by here: it goes to this machine directly. */
function checkTraffic({ stage: { site } }: Scene): void {
  assert.deepEqual(site.refused, []);
  const fetched = site.asked.filter(({ destination }) => destination === 'empty');
  assert.ok(fetched.length > 0, 'the log must show the extension at work');
  for (const { host, path } of fetched) assert.ok(THUMBNAIL_HOSTS.includes(host), `${host}${path} was fetched`);
  const pages = Object.values(PAGES).map((url) => new URL(url).host);
  for (const { host, path } of site.asked) assert.ok([HOST, ...pages, ...THUMBNAIL_HOSTS].includes(host), `${host}${path} was asked for`);
}

async function checkStopped({ stage, backend }: Scene): Promise<void> {
  const own = await stage.openExtensionPage(OPTIONS);
  await ask(own, { type: 'clear-cache' }); // it still answers, and not by heart
  await own.close();
  await stage.page.bringToFront();
  await openCard(stage);
  await clickButton(stage.page, 'Why?');
  const hint = await waitForWhy(stage.page, 'the hint', ({ command }) => command !== null);
  assert.equal(hint.command, 'python -m backend serve RUN');
  assert.match(hint.note, /^The local server is not running\. Start it/u);
  assert.ok(!hint.pressed && hint.layer === null);
  await assertReadable(stage.page);
  await checkAnswer(stage);
  const page = await openWhy(stage);
  const start = await page.waitForSelector('#start', { visible: true, ...SHOWN_TIMEOUT });
  assert.equal(await start?.evaluate(({ textContent }) => textContent), 'python -m backend serve RUN');
  const note = () => page.$eval('#heat-note', ({ textContent }) => textContent);
  await until('the hint', note, (text) => text.includes('is not reachable. Start it'));
  assert.equal(await page.$eval('#heat', (heat) => heat.checkVisibility()), false);
  await page.close();
  await stage.page.bringToFront();
  await checkAnswer(stage);
  checkTraffic({ stage, backend });
}
