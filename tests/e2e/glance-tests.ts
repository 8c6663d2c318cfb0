/** The whole page at a glance: every thumbnail in view is marked, acted upon as chosen, and the page stays as it is. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { frames, hover, leave, until } from './badge.ts';
import type { BrowserName } from './browser.ts';
import { made, readExpected, type Thumbnail } from './fixtures.ts';
import { addressOf, allMarked, gridPage, HOST, htmlFiles, manyThumbnails, marksById, pictureFiles, readMarks, type SeenMark } from './glance.ts';
import { choose, OPTIONS } from './own-page.ts';
import { PAGES } from './pages.ts';
import { inExtension } from './settings.ts';
import { setStage, type Stage } from './stage.ts';
import { LAYOUTS, type Layout } from './youtube/layouts.ts';
import { layoutUrl, ownerOf } from './youtube/page.ts';
import { videosOf } from './youtube/videos.ts';

const TIMEOUT = { timeout: 120_000 };
const YOUTUBE = new URL(PAGES.youtube).host;
const SETTLED = 20; // frames

const { thumbnails } = readExpected();
const many = manyThumbnails(thumbnails, 600);
const owner = ownerOf(thumbnails);

/** What is chosen in these tests: something else for each channel of the model. */
const ACTIONS = { channels: { ember: 'mark', fjord: 'hide', moss: 'blur', dusk: 'dim' }, known: 'mark', lookalike: 'hide', none: 'mark' } as const;
const GLANCES = { glanceSites: [HOST, YOUTUBE], actions: ACTIONS };

const OTHERS = `
  <div id="scroller" style="width: 330px; height: 200px; overflow: auto"><div style="width: 320px">
    ${many.slice(100, 110).map((one) => `<img id="${one.id}" src="${addressOf(one)}" width="300" height="169" alt="" style="display: block">`).join('')}</div></div>
  <div id="${many[120]!.id}" style="width: 320px; height: 180px; background: url(${addressOf(many[120]!)}) center / cover"></div>
  <div id="closed"></div>
  <script>
    const root = document.getElementById('closed').attachShadow({ mode: 'closed' });
    root.innerHTML = '<img width="320" height="180" alt="" style="display: block" src="${addressOf(made(thumbnails, 'sure'))}">';
  </script>`;

const PATHS = {
  '/forty': gridPage(many.slice(0, 40)),
  '/long': gridPage(many, { width: 240 }),
  '/others': gridPage([], { extra: OTHERS }),
};
const FILES = new Map([...htmlFiles(PATHS), ...pictureFiles(many)]);

function url(path: string): string {
  return new URL(path, PAGES.plain).href;
}

export function glanceTests(browser: BrowserName): void {
  describe(`a page at a glance in ${browser}`, { timeout: 600_000 }, () => {
    let stage: Stage | undefined;
    const current = (): Stage => {
      assert.ok(stage);
      return stage;
    };
    before(async () => {
      stage = await setStage(browser, { thumbnails, files: FILES });
      await set(stage, GLANCES);
    }, TIMEOUT);
    after(() => stage?.close());
    for (const layout of LAYOUTS) {
      test(`${layout}: marked, covered, and shown again, and nothing moves`, TIMEOUT, () => checkLayout(current(), layout));
    }
    for (const [what, check] of Object.entries(CHECKS)) test(what, TIMEOUT, () => check(current()));
  });
}

const CHECKS: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  'forty in view are marked, and the icon counts them': checkForty,
  'a press on the round button shows the thumbnail, and the page hears nothing of it': checkUndo,
  'the card shows a thumbnail, for who has no pointer': checkCardButton,
  'all are shown at once, for this page': checkShowAll,
  'a page that is scrolled through: none is left out, and no mark of an earlier picture stays': checkScrolling,
  'what scrolls inside, backgrounds and closed roots are marked where they are seen': checkOthers,
  'what is answered is not in the list of the last answers': checkHistory,
  'a tab behind asks nothing': checkHidden,
  'it is off elsewhere, and goes without a trace': checkOff,
};

function set(stage: Stage, settings: Parameters<typeof choose>[1]): Promise<void> {
  return inExtension(stage, (own) => choose(own, settings)).then(() => stage.page.bringToFront());
}

/** What a thumbnail on YouTube's pages is marked as. */
function expected(layout: Layout, id: string): Pick<SeenMark, 'state' | 'action' | 'channel'> {
  const video = videosOf(thumbnails).find((one) => one.id === id);
  assert.ok(video, id);
  const { thumbnail: { state, channel, known, display_name: name } } = video;
  const poster = layout === 'channel' ? owner : video.poster;
  const own = poster.handle === ownHandle(name);
  const sure = state === 'sure' || (channel === 'moss' && known); // the torn one is sure enough, too
  if (!known) return { state: 'unknown', action: layout === 'channel' ? 'quiet' : 'mark', channel: null };
  if (own) return { state: 'known', action: sure ? ACTIONS.channels[channel as keyof typeof ACTIONS.channels] : 'quiet', channel };
  return state === 'sure' ? { state: 'lookalike', action: 'hide', channel } : { state: 'unknown', action: 'quiet', channel: null };
}

function ownHandle(name: string): string {
  return `@${name.replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase()).replaceAll(/[^\p{L}\p{N}]/gu, '')}`;
}

async function checkLayout(stage: Stage, layout: Layout): Promise<void> {
  const { page } = stage;
  await set(stage, {});
  await page.goto(layoutUrl(layout, owner), { waitUntil: 'load' });
  await loadAll(page);
  const before = await layoutOf(page);
  await set(stage, GLANCES);
  const scenes = await page.evaluate(() => Math.min(6, Math.ceil(document.documentElement.scrollHeight / innerHeight)));
  const states = new Set<string>();
  for (let scene = 0; scene < scenes; scene++) {
    await page.evaluate((step) => scrollTo(0, step * innerHeight), scene);
    for (const [id, mark] of await allMarked(page)) {
      const { state, action, channel } = mark!;
      assert.deepEqual({ state, action, channel }, expected(layout, id), `${layout}: ${id}`);
      states.add(`${state} ${action}`);
    }
  }
  assert.ok(states.size >= 4, [...states].join());
  await page.evaluate(() => scrollTo(0, 0));
  await allMarked(page);
  await frames(page, SETTLED);
  assertSame(await layoutOf(page), before);
  await pressUndo(page, ({ action }) => action === 'hide');
  await leave(page);
  await frames(page, SETTLED);
  assertSame(await layoutOf(page), before);
}

/** Scroll through, so that every lazy picture is there. */
async function loadAll(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
      scrollTo(0, y);
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    }
    scrollTo(0, 0);
  });
  await until('all pictures', () => page.evaluate(() => Array.from(document.images).every(({ src, complete }) => src !== '' && complete)), Boolean);
  await frames(page, SETTLED);
}

function assertSame(found: readonly string[], expected: readonly string[]): void {
  const different = found.flatMap((line, index) => (line === expected[index] ? [] : [`${expected[index]} became ${line}`]));
  assert.deepEqual(different, [], 'the page is laid out as before');
  assert.equal(found.length, expected.length);
}

/** Where everything of the page's is, how far it scrolls, its HTML, and what moved. */
function layoutOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const watched = window as { shifts?: number };
    if (watched.shifts === undefined) {
      watched.shifts = 0;
      if (PerformanceObserver.supportedEntryTypes.includes('layout-shift')) {
        new PerformanceObserver((list) => (watched.shifts! += list.getEntries().length)).observe({ type: 'layout-shift' });
      }
    }
    const boxes = Array.from(document.body.querySelectorAll('*'), (element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return [element.localName, left + scrollX, top + scrollY, width, height].join(' ');
    });
    const { scrollWidth, scrollHeight } = document.documentElement;
    return [...boxes, ...document.body.outerHTML.split('\n'), `scrolls ${scrollWidth} ${scrollHeight}`, `shifts ${watched.shifts}`, location.href];
  });
}

/** Press the round button of a thumbnail; gives where. */
async function pressUndo(page: Page, wanted: (mark: SeenMark) => boolean): Promise<[x: number, y: number]> {
  const mark = (await readMarks(page)).find((one) => wanted(one) && one.top >= 0 && one.top + one.height < 880);
  assert.ok(mark, JSON.stringify(await readMarks(page)));
  const [x, y] = [mark.left + 20, mark.top + mark.height - 20];
  await page.mouse.click(x, y);
  const now = () => readMarks(page).then((marks) => marks.find(({ left, top }) => left === mark.left && top === mark.top));
  await until('the thumbnail is shown', now, (shown) => shown?.action === 'mark');
  return [x, y];
}

async function open(stage: Stage, path: string): Promise<Page> {
  const { page } = stage;
  await leave(page);
  await page.goto(url(path), { waitUntil: 'load' });
  await allMarked(page);
  return page;
}

function iconText(stage: Stage): Promise<string> {
  return inExtension(stage, (own) =>
    own.evaluate(async () => {
      const texts = await Promise.all((await chrome.tabs.query({})).map(({ id }) => chrome.action.getBadgeText({ tabId: id! })));
      return texts.join('');
    }),
  ).finally(() => stage.page.bringToFront());
}

async function checkForty(stage: Stage): Promise<void> {
  const page = await open(stage, '/forty');
  const marks = await allMarked(page, 40);
  for (const one of many.slice(0, 40)) checkPlain(one, marks.get(one.id)!);
  const counted = [...marks.values()].filter((mark) => mark?.state === 'known' && mark.action !== 'quiet').length;
  assert.ok(counted > 10 && counted < 40);
  await until('the icon says so', () => iconText(stage), (text) => text === String(counted));
}

/** Where nobody says who posted it. */
function checkPlain({ known, state, channel, id }: Thumbnail, mark: SeenMark): void {
  const sure = state === 'sure' || (known && channel === 'moss');
  assert.equal(mark.state, known ? 'known' : 'unknown', id);
  assert.equal(mark.channel, known ? channel : null, id);
  assert.equal(mark.action, !known ? 'mark' : sure ? ACTIONS.channels[channel as keyof typeof ACTIONS.channels] : 'quiet', id);
}

async function checkUndo(stage: Stage): Promise<void> {
  const page = await open(stage, '/forty');
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'auxclick', 'dragstart', 'contextmenu']) {
      document.addEventListener(type, () => heard.push(type), true);
    }
  });
  const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  const [x, y] = await pressUndo(page, ({ action }) => action === 'dim');
  assert.deepEqual(await heard(), []);
  assert.equal(await page.evaluate(() => location.hash), '');
  await page.mouse.click(x, y); // there is no button any more: it is the page's
  assert.ok((await heard()).includes('click'));
  assert.match(await page.evaluate(() => location.hash), /^#opened-/);
}

async function checkCardButton(stage: Stage): Promise<void> {
  const page = await open(stage, '/forty');
  for (const state of ['sure', 'unknown'] as const) {
    const { id } = many.slice(0, 40).find((one) => one.state === state && (state === 'unknown' || one.channel === 'fjord'))!;
    await page.focus(`a[href="#opened-${id}"]`);
    await page.keyboard.down('Alt');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.up('Alt');
    const button = () => page.evaluate(() => {
      const buttons = document.querySelector('thumbprint-card')?.shadowRoot?.querySelectorAll<HTMLElement>('.actions button') ?? [];
      const found = Array.from(buttons).find((one) => one.ariaLabel === 'Show this thumbnail');
      found?.focus();
      return found !== undefined;
    });
    await until('the button is there whatever the answer', button, Boolean);
    if (state === 'sure') {
      await page.keyboard.press('Enter');
      await until('it is shown', async () => (await marksById(page)).get(id), (mark) => mark?.action === 'mark');
    }
    await page.keyboard.press('Escape');
  }
}

async function checkShowAll(stage: Stage): Promise<void> {
  const page = await open(stage, '/forty');
  const covered = async () => (await readMarks(page)).filter(({ action }) => ['hide', 'dim', 'blur'].includes(action)).length;
  assert.ok((await covered()) > 5);
  await inExtension(stage, (own) =>
    own.evaluate(async () => {
      const tabs = await chrome.tabs.query({});
      await Promise.allSettled(tabs.map(({ id }) => chrome.tabs.sendMessage(id ?? -1, { type: 'glance-show-all' })));
    }),
  );
  await page.bringToFront();
  await until('all are shown', covered, (count) => count === 0);
  assert.equal((await allMarked(page)).size, 40);
  await page.reload();
  await allMarked(page);
  assert.ok((await covered()) > 5, 'until the page is loaded again');
}

async function checkScrolling(stage: Stage): Promise<void> {
  const page = await open(stage, '/long');
  for (let y = 0; y <= 3000; y += 1500) {
    await page.evaluate((top) => scrollTo(0, top), y);
    const marks = await allMarked(page, 12);
    assert.equal((await readMarks(page)).filter(({ top, height }) => top + height > 1 && top < 899).length, marks.size, 'one each');
    for (const [id, mark] of marks) checkPlain(many.find((one) => one.id === id)!, mark!);
  }
  // The page shows another video in an element, as lists do that use theirs again.
  const [id] = (await allMarked(page)).keys();
  const other = many.find((one) => one.state === 'unknown')!;
  await page.evaluate((wanted, src) => ((document.getElementById(wanted!) as HTMLImageElement).src = src), id, addressOf(other));
  await until('the mark of the other one', async () => (await marksById(page)).get(id!), (mark) => mark?.state === 'unknown');
}

async function checkOthers(stage: Stage): Promise<void> {
  const { page } = stage;
  await page.goto(url('/others'), { waitUntil: 'load' });
  const { top, bottom, left, right } = await page.evaluate(() => document.getElementById('scroller')!.getBoundingClientRect().toJSON() as DOMRect);
  const inside = async () =>
    (await readMarks(page)).filter((mark) => mark.top < bottom && mark.left < right).sort((one, other) => one.top - other.top);
  for (const by of [0, 60, 700]) {
    await page.evaluate((wanted) => document.getElementById('scroller')!.scrollTo(0, wanted), by);
    const image = await page.evaluate(() => document.querySelector('#scroller img')!.getBoundingClientRect().top);
    const marks = await until('marks in the scroller', inside, (all) => all.length === 2 && (all[0]!.top <= image + by || by === 700));
    for (const mark of marks) {
      assert.ok(mark.top >= top - 0.5 && mark.top + mark.height <= bottom + 0.5 && mark.left >= left - 0.5, JSON.stringify(mark));
    }
  }
  const below = await until('a background and a closed root', async () => (await readMarks(page)).filter((mark) => mark.top >= bottom), (all) => all.length === 2);
  assert.deepEqual(below.map(({ width, height }) => [width, height]), [[320, 180], [320, 180]]);
  assert.ok(below.some(({ channel }) => channel === made(thumbnails, 'sure').channel));
}

async function checkHistory(stage: Stage): Promise<void> {
  await open(stage, '/forty');
  const history = await inExtension(stage, (own) => own.evaluate(async () => JSON.stringify(await chrome.storage.session.get('history'))));
  assert.doesNotMatch(history, /soak-0+1[05]\//, 'what nobody pointed at');
}

async function checkHidden(stage: Stage): Promise<void> {
  const { page, site } = stage;
  const own = await stage.openExtensionPage(OPTIONS);
  await page.bringToFront();
  await page.goto(url('/long'), { waitUntil: 'load' });
  await allMarked(page);
  await own.bringToFront();
  await until('the tab is hidden', () => page.evaluate(() => document.visibilityState), (state) => state === 'hidden');
  site.asked.length = 0;
  await page.evaluate(() => scrollTo(0, 9000));
  await new Promise((wake) => setTimeout(wake, 1000));
  assert.deepEqual(site.asked.filter(({ destination }) => destination === 'empty'), []);
  await own.close();
  await page.bringToFront();
  await allMarked(page, 12);
}

async function checkOff(stage: Stage): Promise<void> {
  const page = await open(stage, '/forty');
  await set(stage, { glanceSites: [YOUTUBE] });
  await until('no mark', () => page.evaluate(() => document.querySelector('thumbprint-glance')), (host) => host === null);
  await until('nothing on the icon', () => iconText(stage), (text) => text === '');
  await toggle(stage);
  await page.bringToFront();
  await allMarked(page, 40);
  await toggle(stage);
  await page.bringToFront();
  await until('no mark', () => page.evaluate(() => document.querySelector('thumbprint-glance')), (host) => host === null);
  await hover(page, many[0]!.id);
  await leave(page);
}

/** As the background does when the keys of the command are pressed. */
function toggle(stage: Stage): Promise<void> {
  return inExtension(stage, (own) =>
    own.evaluate(async () => {
      const tabs = await chrome.tabs.query({});
      await Promise.allSettled(tabs.map(({ id }) => chrome.tabs.sendMessage(id ?? -1, { type: 'glance-toggle' })));
    }),
  );
}
