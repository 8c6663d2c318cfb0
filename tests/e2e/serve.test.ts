/** The extension and the server of this repository together: heat, report and model, and a server that has stopped. */
import assert from 'node:assert/strict';
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
import { inExtension } from './settings.ts';
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
      test(`${name} still answers, and says why`, TIMEOUT, () => checkStopped(scene(name)));
    }
  });
});

function serverTests(scene: () => Scene): void {
  const tests = {
    'Why? lays heat over the thumbnail, and takes it off': checkWhy,
    'it needs no leave from a page that forbids foreign pictures and scripts': checkStrict,
    'it speaks for the nearest channel where a thumbnail is of none': checkNearest,
    'the page that explains shows the same heat as the server over the thumbnail': checkHeat,
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
  await inExtension(stage, (own) => choose(own, { server: origin }));
  return stage;
}

async function checkHeat({ stage, backend }: Scene): Promise<void> {
  const page = await openWhy(stage);
  const first = await waitForHeat(page, []);
  assert.equal(await page.$eval('#channel', (select) => (select as HTMLSelectElement).value), shown.channel);
  assertAlike(first.hottest, hottestOf((await numbersOf(backend)).grid));
  assert.ok(first.covers, 'the heat lies on the thumbnail');
  assert.equal(first.legend, 'says little / says much');
  await page.click('#heat-shown');
  await page.waitForSelector('#heat', { hidden: true, ...SHOWN_TIMEOUT });
  await page.click('#heat-shown');
  assert.deepEqual((await waitForHeat(page, [])).hottest, first.hottest, 'it is the same as before');
  const other = channels.find(({ name }) => name !== shown.channel);
  assert.ok(other);
  await page.select('#channel', other.name);
  const second = await waitForHeat(page, first.hottest);
  assertAlike(second.hottest, hottestOf((await numbersOf(backend, other.name)).grid));
  await page.close();
  await stage.page.bringToFront();
}

/** What the server says of the thumbnail's bytes, in numbers. */
async function numbersOf({ origin }: Backend, channel = shown.channel): Promise<{ grid: number[][]; box: number[]; size: number[]; channel: string }> {
  const response = await fetch(`${origin}/saliency?method=gradcam&channel=${channel}`, {
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

/** Both are about the same place of a grid: what is drawn has 256 steps. */
function assertAlike(found: readonly number[], expected: readonly number[]): void {
  const [x = NaN, y = NaN] = found.map((place, axis) => place - (expected[axis] ?? NaN));
  assert.ok(Math.hypot(x, y) <= 2, `${found.join()} for ${expected.join()}`);
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
  assertAlike(layer.hottest, hottestOf(grid));
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
  /** The cell that has most of it, as [x, y]. */
  hottest: number[];
  /** Whether it lies on the part of the thumbnail between its bars. */
  covers: boolean;
  legend: string;
}

/** Wait until a heatmap is shown that has its hottest cell elsewhere. */
async function waitForHeat(page: Page, old: number[]): Promise<Heat> {
  await page.waitForSelector('#heat', { visible: true, ...SHOWN_TIMEOUT });
  const heat = await until('another heatmap', () => readHeat(page), (seen) => seen !== null && seen.hottest.join() !== old.join());
  assert.ok(heat);
  return heat;
}

/** The heatmap that a person sees, or null. */
function readHeat(page: Page): Promise<Heat | null> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('#heat canvas');
    const picture = document.querySelector<HTMLImageElement>('#picture');
    if (!canvas?.checkVisibility() || !picture || picture.naturalWidth === 0) return null;
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
    const opacities = Array.from({ length: width * height }, (_, cell) => data[4 * cell + 3] ?? 0);
    const best = opacities.indexOf(opacities.reduce((most, opacity) => Math.max(most, opacity), 0));
    const [box, around] = [canvas.getBoundingClientRect(), picture.getBoundingClientRect()];
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const isAcross = box.width > 100 && Math.abs(box.left - around.left) < 1 && Math.abs(box.right - around.right) < 1;
    const legend = Array.from(document.querySelectorAll('.legend span:not(.ramp)'), (word) => (word.checkVisibility() ? word.textContent : ''));
    return {
      hottest: [best % width, Math.floor(best / width)],
      covers: top === canvas && isAcross && Math.abs(box.height - (box.width * 9) / 16) < 1 && box.top > around.top,
      legend: legend.join(' / '),
    };
  });
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
  await inExtension(stage, (own) => ask(own, { type: 'clear-cache' })); // it still answers, and not by heart
  await openCard(stage);
  await clickButton(stage.page, 'Why?');
  const { layer } = await waitForLayer(stage.page);
  assert.ok(layer.painted > 0);
  await checkAnswer(stage);
  const page = await openWhy(stage);
  await waitForHeat(page, []);
  await page.close();
  await stage.page.bringToFront();
  await checkAnswer(stage);
  checkTraffic({ stage, backend });
}
