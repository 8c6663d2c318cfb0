/** A person learns a channel on its page, corrects an answer and takes both back; the page learns nothing of it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { answerOf, frames, hover, leave, readBadge, until, waitForBadge } from './badge.ts';
import { examine } from './axe.ts';
import { setViewport, VIEWPORT, type BrowserName } from './browser.ts';
import { readCard } from './card.ts';
import { spy, type Spy } from './hostile-page.ts';
import {
  choices,
  drawnChannels,
  drawnFiles,
  nameImage,
  pageFile,
  pressButton,
  pressCard,
  pressPill,
  readPanel,
  readPill,
  RELEASED,
  RELEASED_SHIPPED,
  waitForNoPanel,
  waitForPanel,
} from './learning.ts';
import type { StaticFiles } from './server.ts';
import { changeSettings, inExtension } from './settings.ts';
import { setStage, type Stage } from './stage.ts';
import { channelBody, SKINS } from './youtube/channel-page.ts';

const TIMEOUT = { timeout: 120_000 };
const LANE_TIMEOUT = { timeout: 900_000 };

const channels = drawnChannels();
const [first, second, third] = channels as [(typeof channels)[0], (typeof channels)[0], (typeof channels)[0]];
const SOME = 14; // videos of a page
const foreign = third.videos.slice(0, 2);

const url = (path: string, site = 'www'): string => `https://${site}.youtube.com${path}`;
const OWN_PAGE = url(`/${first.handle}/videos`);
const OTHER_PAGE = url(`/${second.handle}/videos`);

function files(): StaticFiles {
  const page = (channel: typeof first, props = {}) => ({ poster: channel, id: channel.id, videos: channel.videos.slice(0, SOME), foreign, ...props });
  return new Map([
    ...drawnFiles(),
    ...[first, second].map((channel) => pageFile(`/${channel.handle}/videos`, page(channel))),
    ...SKINS.map((skin) => pageFile(`/${first.handle}/${skin}`, page(first, { skin }))),
    pageFile(`/${first.handle}/full`, page(first, { isFull: true })),
    pageFile(`/${first.handle}/few`, page(first, { videos: first.videos.slice(0, 3) })),
    pageFile(`/${first.handle}/none`, page(first, { videos: [], foreign })),
    pageFile(`/${first.handle}/missing`, page(first, { videos: ['nowhere-001', 'nowhere-002', 'nowhere-003', 'nowhere-004', 'nowhere-005'] })),
    ...[first, second].map((channel, index) => pageFile(`/${channel.handle}/spy`, page(channel, { videos: channels[5 + index]!.videos.slice(0, SOME), foreign: [], extra: SPYING }))),
  ]);
}

export function learningTests(browser: BrowserName): void {
  describe(`learning in ${browser}`, LANE_TIMEOUT, () => {
    let stage: Stage;
    before(async () => {
      stage = await setStage(browser, { files: files(), extension: RELEASED });
    }, TIMEOUT);
    after(() => stage.close());
    beforeEach(() => forgetAll(stage));
    for (const [what, check] of Object.entries(CHECKS)) test(what, TIMEOUT, () => check(stage));
  });
  describe(`a hostile page in ${browser}`, LANE_TIMEOUT, () => {
    let stage: Stage;
    before(async () => {
      stage = await setStage(browser, { files: files(), extension: RELEASED_SHIPPED });
    }, TIMEOUT);
    after(() => stage.close());
    test('learns nothing of which channel is known', TIMEOUT, () => checkHostile(stage));
  });
}

/** As after an installation. */
async function forgetAll(stage: Stage): Promise<void> {
  await stage.page.goto('about:blank');
  await setViewport(stage.page, VIEWPORT);
  await inExtension(stage, async (own) => {
    await own.evaluate(async () => {
      interface Reply {
        channels: { key: string; source: string }[];
      }
      const { channels: known } = await chrome.runtime.sendMessage<unknown, Reply>({ type: 'channels' });
      for (const { key } of known) await chrome.runtime.sendMessage({ type: 'forget-channel', key });
      await chrome.runtime.sendMessage({ type: 'forget-corrections' });
      await chrome.runtime.sendMessage({ type: 'forget-browsing' });
      await chrome.storage.local.remove('settings');
    });
  });
  await stage.page.bringToFront();
  for (const log of [stage.site.asked, stage.site.refused, stage.consoleLines]) log.length = 0;
}

interface Known {
  name: string;
  id: string;
  handle: string;
  examples: string[];
  browsed: number;
}

function knownChannels(stage: Stage): Promise<Known[]> {
  return inExtension(stage, (own) =>
    own.evaluate(async () => {
      const { channels: known } = await chrome.runtime.sendMessage<unknown, { channels: Known[] }>({ type: 'channels' });
      return known.map(({ name, id, handle, examples, browsed }) => ({ name, id, handle, examples, browsed }));
    }),
  );
}

async function open(page: Page, address = OWN_PAGE, cells = SOME): Promise<void> {
  await page.goto(address, { waitUntil: 'load' });
  await page.bringToFront();
  await pressPill(page);
  await waitForPanel(page, 'the thumbnails of the page', (panel) => panel.cells === cells);
}

async function learn(page: Page, address = OWN_PAGE): Promise<void> {
  await open(page, address);
  await pressButton(page, 'Learn');
  await waitForPanel(page, 'the preview', ({ buttons }) => buttons.includes('Keep'));
  await pressButton(page, 'Keep');
  await waitForPanel(page, 'the end', ({ buttons }) => buttons.includes('Undo'));
}

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key as 'Enter');
}

const CHECKS: Record<string, (stage: Stage) => Promise<void>> = {
  'three clicks lead to a channel that the badge names, and Undo back': checkThreeClicks,
  'the pill has its place in every layout, and none where there is none': checkLayouts,
  'the keyboard alone': checkKeyboard,
  'what is not enough, not there or not to be had': checkStates,
  'Cancel and Escape leave nothing behind': checkCancel,
  'from channel to channel without a page': checkNavigation,
  'the icon’s window opens the panel': checkIcon,
  'French, small, and free of barriers': checkFrench,
  'corrections, and back': checkCorrections,
  'while no channel is known, the card offers to learn': checkNoChannels,
  'who wants to learn on while browsing': checkSeen,
};

async function checkThreeClicks(stage: Stage): Promise<void> {
  const { page, site } = stage;
  await open(page);
  const before = await waitForPanel(page, 'pictures', ({ drawn }) => drawn >= 12);
  assert.deepEqual([before.title, before.ticked], [`Learn ${first.name}`, SOME]);
  await pressButton(page, 'Learn');
  const preview = await waitForPanel(page, 'the preview', ({ buttons, drawn }) => buttons.includes('Keep') && drawn >= 6);
  assert.match(preview.lead, /^Recognised 1\d of 14, each left out in turn; took \d+ of 550 thumbnails of strangers for it\.$/);
  assert.deepEqual([preview.notes[0], preview.marks.length], ['Good, from 14 thumbnails.', 6]);
  assert.deepEqual(await knownChannels(stage), [], 'nothing is stored before');
  await page.bringToFront();
  await pressButton(page, 'Keep');
  assert.equal((await waitForPanel(page, 'the end', ({ buttons }) => buttons.includes('Undo'))).title, `${first.name} is learnt`);
  const [known] = await knownChannels(stage);
  assert.deepEqual([known?.name, known?.id, known?.handle], [first.name, first.id, first.handle.slice(1)]);
  assert.deepEqual([...(known?.examples ?? [])].sort(), first.videos.slice(0, SOME), 'no Short, list, advertisement or other poster');
  await page.bringToFront();
  await pressButton(page, 'Close');
  await waitForNoPanel(page);
  const badge = await answerOf(page, await nameImage(page, first.videos[2]!));
  assert.deepEqual([badge.state, badge.text.replace(/\s\d+\s%$/u, '')], ['known', first.name]);
  await leave(page);
  const pictures = site.asked.filter(({ destination, host }) => destination === 'empty' && host !== 'i.ytimg.com');
  assert.deepEqual([pictures, site.refused], [[], []], 'nothing but thumbnails is asked for');
  await pressPill(page);
  await waitForPanel(page, 'that it is known', ({ lead }) => lead.includes('known already, from 14 thumbnails'));
  await press(page, 'Escape');
  await forgetAll(stage);
  await learn(page);
  await pressButton(page, 'Undo');
  await waitForPanel(page, 'that it is taken back', ({ lead }) => lead.startsWith('Taken back'));
  assert.deepEqual(await knownChannels(stage), []);
}

async function checkLayouts(stage: Stage): Promise<void> {
  const { page } = stage;
  for (const skin of SKINS) {
    await open(page, url(`/${first.handle}/${skin}`, skin === 'phone' ? 'm' : 'www'));
    assert.equal((await readPanel(page))?.title, `Learn ${first.name}`, skin);
    await press(page, 'Escape');
    await waitForNoPanel(page);
  }
  await page.goto(url(`/${first.handle}/today`));
  const pill = await until('the pill', () => readPill(page), (box) => box !== null);
  const others = await page.evaluate(() =>
    Array.from(document.querySelectorAll('button.yt, nav'), (element) => element.getBoundingClientRect().toJSON() as DOMRect),
  );
  for (const other of others) {
    const apart = pill!.left >= other.right || pill!.left + pill!.width <= other.left || pill!.top >= other.bottom || pill!.top + pill!.height <= other.top;
    assert.ok(apart, JSON.stringify([pill, other]));
  }
  await page.evaluate(() => scrollTo(0, 60));
  const moved = await until('it scrolls with the page', () => readPill(page), (box) => box !== null && Math.abs(box.top - pill!.top + 60) < 2);
  assert.ok(moved);
  await page.goto(url(`/${first.handle}/full`));
  await new Promise((done) => setTimeout(done, 1500));
  assert.equal(await readPill(page), null, 'no free place');
  await changeSettings(stage, { disabledSites: ['www.youtube.com'] });
  await page.bringToFront();
  await page.goto(OWN_PAGE);
  await new Promise((done) => setTimeout(done, 1500));
  assert.equal(await page.evaluate(() => document.querySelector('thumbprint-pill')), null, 'where it is off, nothing');
}

async function checkKeyboard({ page }: Stage): Promise<void> {
  await page.goto(OWN_PAGE);
  await until('the pill', () => readPill(page), (box) => box !== null);
  await page.focus('#subscribe');
  await press(page, 'Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.localName), 'thumbprint-pill');
  await press(page, 'Enter');
  assert.equal((await waitForPanel(page, 'thumbnails', ({ cells }) => cells === SOME)).focus, 'Learn');
  const stops: string[] = [];
  for (let i = 0; i < 6; i++) {
    await press(page, 'Tab');
    stops.push((await readPanel(page))?.focus ?? '');
  }
  assert.deepEqual(stops, ['Close', 'All', 'None', 'Load more', 'Thumbnail 1', 'Learn'], 'a circle');
  await page.keyboard.down('Shift');
  await press(page, 'Tab');
  await page.keyboard.up('Shift');
  await press(page, 'ArrowRight', 'ArrowDown', ' ');
  const panel = await waitForPanel(page, 'a tick less', ({ ticked }) => ticked === SOME - 1);
  assert.equal(panel.focus, 'Thumbnail 5');
  assert.match(panel.heard, /13 of 14/);
  await press(page, 'Tab', 'Enter');
  await waitForPanel(page, 'the preview', ({ focus }) => focus === 'Keep');
  await press(page, 'Tab', 'Enter');
  await waitForPanel(page, 'back', ({ focus, cells }) => focus === 'Learn' && cells === SOME);
  await press(page, 'Escape');
  await waitForNoPanel(page);
  assert.equal(await page.evaluate(() => document.activeElement?.localName), 'thumbprint-pill', 'the focus is where it was');
}

async function checkStates(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(page, url(`/${first.handle}/few`), 3);
  await pressButton(page, 'Learn');
  await waitForPanel(page, 'not yet', ({ lead, cells }) => cells === 3 && lead.includes('needs 5 thumbnails, and 3 are ticked'));
  await open(page, url(`/${first.handle}/none`), 0);
  await waitForPanel(page, 'none', ({ lead }) => lead.startsWith('No thumbnails of this channel'));
  await page.evaluate((body) => (document.querySelector('#contents')!.innerHTML = new DOMParser().parseFromString(body, 'text/html').querySelector('#contents')!.innerHTML), channelBody({ poster: first, videos: first.videos }));
  await waitForPanel(page, 'more as the page grows', ({ cells, ticked }) => cells === first.videos.length && ticked === cells);
  await open(page, url(`/${first.handle}/missing`), 5);
  await pressButton(page, 'Learn');
  const panel = await waitForPanel(page, 'what went wrong', ({ buttons }) => buttons.includes('Back'));
  assert.match(panel.lead, /could not be loaded/);
  await pressButton(page, 'Back');
  await waitForPanel(page, 'the thumbnails again', ({ cells }) => cells === 5);
  assert.deepEqual(await knownChannels(stage), []);
}

async function checkCancel(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(page);
  const [x, y] = [VIEWPORT.width - 240, 300]; // on the panel, with a thumbnail of the page below it
  assert.ok(await page.evaluate((left, top) => Array.from(document.images).some((image) => {
    const box = image.getBoundingClientRect();
    return left > box.left && left < box.right && top > box.top && top < box.bottom;
  }), x, y));
  await page.mouse.move(x, y, { steps: 3 });
  await frames(page, 60);
  assert.equal(await readBadge(page), null, 'nothing below the panel is pointed at');
  await pressButton(page, 'Learn');
  await waitForPanel(page, 'the preview', ({ buttons }) => buttons.includes('Discard'));
  await pressButton(page, 'Discard');
  await waitForNoPanel(page);
  await open(page);
  await pressButton(page, 'Learn');
  await press(page, 'Escape');
  await waitForNoPanel(page);
  assert.deepEqual(await knownChannels(stage), []);
}

async function checkNavigation(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(page);
  const body = channelBody({ poster: second, videos: second.videos.slice(0, SOME) });
  // The head stays as it was, and YouTube keeps the page before, hidden.
  await page.evaluate(
    (path, html) => {
      history.pushState(null, '', path);
      document.querySelector('ytd-browse')!.toggleAttribute('hidden', true);
      document.querySelector('ytd-page-manager')!.append(...new DOMParser().parseFromString(html, 'text/html').body.children);
    },
    `/${second.handle}/videos`,
    body,
  );
  await waitForNoPanel(page);
  await pressPill(page);
  await waitForPanel(page, 'the other channel', ({ title, cells }) => title === `Learn ${second.name}` && cells === SOME);
  await pressButton(page, 'Learn');
  await waitForPanel(page, 'the preview', ({ buttons }) => buttons.includes('Keep'));
  await pressButton(page, 'Keep');
  await waitForPanel(page, 'the end', ({ buttons }) => buttons.includes('Undo'));
  const [known] = await knownChannels(stage);
  assert.deepEqual([known?.name, known?.id, known?.handle], [second.name, '', second.handle.slice(1)], 'no id of the channel before');
  assert.deepEqual([...(known?.examples ?? [])].sort(), second.videos.slice(0, SOME));
}

async function checkIcon(stage: Stage): Promise<void> {
  const { page } = stage;
  await page.goto(url(`/${first.handle}/full`));
  const asked = (type: string) =>
    inExtension(stage, (own) =>
      own.evaluate(async (message) => {
        const tabs = await chrome.tabs.query({});
        const replies = await Promise.all(tabs.map(({ id = -1 }) => chrome.tabs.sendMessage<unknown, unknown>(id, { type: message }).catch(() => null)));
        return replies.find((reply) => reply !== null && reply !== undefined);
      }, type),
    );
  await until('an answer', () => asked('learn-which'), (reply) => reply !== undefined);
  assert.deepEqual(await asked('learn-which'), { channel: { id: first.id, handle: first.handle.slice(1), name: first.name } });
  await asked('learn-open');
  await page.bringToFront();
  await waitForPanel(page, 'the panel', ({ cells }) => cells === SOME);
}

async function checkFrench(stage: Stage): Promise<void> {
  const { page } = stage;
  await changeSettings(stage, { language: 'fr' });
  await page.bringToFront();
  await setViewport(page, { width: 360, height: 640 });
  await open(page, url(`/${first.handle}/phone`, 'm'));
  await setViewport(page, { width: 360, height: 640 });
  const barriers = async (): Promise<string[]> => (await examine(page, ['thumbprint-learn', 'thumbprint-learn-controls', 'thumbprint-pill'])).barriers;
  assert.deepEqual(await barriers(), []);
  assert.deepEqual((await readPanel(page))?.buttons, ['Apprendre', 'Fermer']);
  await pressButton(page, 'Apprendre');
  await waitForPanel(page, 'the preview', ({ buttons, drawn }) => buttons.includes('Garder') && drawn >= 6);
  assert.deepEqual(await barriers(), []);
  const cut = await page.evaluate(() => {
    const root = document.querySelector('thumbprint-learn-controls')!.shadowRoot!;
    const bottom = root.querySelector('.bottom')!;
    const sheet = root.querySelector('.takes')!.getBoundingClientRect();
    return [bottom.scrollHeight - bottom.clientHeight, bottom.scrollWidth - bottom.clientWidth, Math.min(0, sheet.left), Math.max(0, sheet.right - innerWidth)];
  });
  assert.deepEqual(cut, [0, 0, 0, 0], 'all buttons are seen');
}

async function checkCorrections(stage: Stage): Promise<void> {
  const { page } = stage;
  await learn(page, OTHER_PAGE);
  await learn(page);
  await pressButton(page, 'Close');
  await waitForNoPanel(page);
  const video = await nameImage(page, first.videos[1]!);
  const answer = await answerOf(page, video);
  assert.equal(answer.state, 'known');
  await pressCard(page, 'Correct…');
  await until('the list', () => choices(page), (seen) => seen.length === 3);
  assert.deepEqual(await choices(page), [`Not ${first.name}`, `It is ${first.name}`, `It is ${second.name}`]);
  await page.keyboard.type(second.name.slice(0, 4).toLowerCase());
  await until('what is searched for', () => choices(page), (seen) => seen.length === 1 && seen[0] === `It is ${second.name}`);
  await press(page, 'Enter');
  await waitForBadge(page, 'what was said', ({ text }) => text === `You said: ${second.name}`);
  await pressCard(page, 'Undo');
  await waitForBadge(page, 'the answer of before', ({ text }) => text === answer.text);
  await pressCard(page, 'Correct…');
  await until('the list', () => choices(page), (seen) => seen.length === 3);
  await press(page, 'Enter');
  await waitForBadge(page, 'no longer that channel', ({ text }) => !text.includes(first.name));
  assert.ok((await readCard(page))?.buttons.includes('Undo'));
}

async function checkNoChannels(stage: Stage): Promise<void> {
  const { page } = stage;
  await page.goto(OWN_PAGE);
  const video = await nameImage(page, first.videos[0]!);
  await hover(page, video);
  const badge = await waitForBadge(page, 'that none is known', ({ state }) => state !== 'waiting');
  assert.deepEqual([badge.state, badge.text], ['none', 'None of your channels yet']);
  const card = await until('its card', () => readCard(page), (seen) => seen !== null);
  assert.deepEqual(card?.buttons, [`+ Learn ${first.handle}`, 'Hide on this site']);
  await leave(page);
  await until('nothing is left', () => readBadge(page), (seen) => seen === null);
}

async function checkSeen(stage: Stage): Promise<void> {
  const { page } = stage;
  await learn(page);
  await pressButton(page, 'Close');
  const browsed = async (): Promise<number | undefined> => (await knownChannels(stage))[0]?.browsed;
  await answerOf(page, await nameImage(page, first.videos[0]!));
  await leave(page);
  assert.equal(await browsed(), 0, 'off at first');
  await changeSettings(stage, { keepLearning: true });
  await page.goto(url(`/${first.handle}/none`));
  await page.bringToFront();
  await page.evaluate((body) => (document.querySelector('#contents')!.innerHTML = new DOMParser().parseFromString(body, 'text/html').querySelector('#contents')!.innerHTML), channelBody({ poster: first, videos: first.videos }));
  await answerOf(page, await nameImage(page, first.videos.at(-1)!));
  await leave(page);
  await until('one more is known', browsed, (count) => count === 1);
}

const MOST_SHOWN = 300; // letters of what differs
/** In which order the page's own elements are painted is a matter of luck. */
const OWN_PAINT = /^performance largest-contentful-paint +\d+ undefined (?!THUMBPRINT)[A-Z]/;
/** Nor is it the page's to say whether Firefox has laid out the panel as a key is let go: for the pointer it always has. */
const KEY_PLACE = /^event key\w+: rangeParent /;

type Spied = Window & { spy: Spy };
const WORDS = [first.name, second.name, 'known', 'already', 'Recognised', 'Good', 'Learn', 'Keep', 'Close', 'strangers', '14', '%'];
const SPYING = `<script>globalThis.__name = (named) => named; (${spy.toString()})(${JSON.stringify(WORDS)})</script>`;

/** The page of a channel that is known says the same to itself as that of one that is not. */
async function checkHostile(stage: Stage): Promise<void> {
  await changeSettings(stage, { dwellMs: 2000 }); // no badge of a thumbnail that the pointer passes: another test has that
  await visit(stage, first); // what is loaded once is loaded now
  const unknown = await visit(stage, first);
  await keep(stage, first);
  const known = await visit(stage, first);
  for (const log of [unknown, known]) {
    assert.ok(log.some((line) => line.startsWith('preview: <thumbprint-learn>')), 'there was a panel to look at');
  }
  const apart = [...unknown.filter((line) => !known.includes(line)), ...known.filter((line) => !unknown.includes(line))];
  assert.deepEqual(apart.map((line) => line.slice(0, MOST_SHOWN)), []);
  assert.equal(known.length, unknown.length);
}

/** Has a channel learnt without the panel, which nobody can look into here. */
async function keep(stage: Stage, channel: typeof first): Promise<void> {
  await inExtension(stage, (own) =>
    own.evaluate(
      (identity, examples) => chrome.runtime.sendMessage({ type: 'learn-keep', channel: identity, examples, id: 'by-a-test' }),
      JSON.stringify({ id: channel.id, handle: channel.handle.slice(1), name: channel.name }),
      JSON.stringify(channels[5]!.videos.slice(0, SOME)),
    ),
  );
}

async function visit(stage: Stage, channel: typeof first): Promise<string[]> {
  const { page } = stage;
  const look = (name: string): Promise<void> => page.evaluate((heading) => (window as unknown as Spied).spy.look(heading), name);
  const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
  await inExtension(stage, (own) => own.bringToFront()); // keys go to a page that came to the front, whichever visit it is
  await page.goto(url(`/${channel.handle}/spy`), { waitUntil: 'load' });
  await page.bringToFront();
  await until('the pill', () => page.evaluate(() => document.querySelector('thumbprint-pill') !== null), Boolean);
  await wait(600);
  await look('pill');
  await page.focus('#subscribe');
  await press(page, 'Tab', 'Enter');
  await wait(1200);
  await look('panel');
  const [left, top] = [VIEWPORT.width - 300, 200];
  for (let y = top; y < 700; y += 40) await page.mouse.move(left, y);
  await press(page, 'Enter');
  await wait(2500);
  await look('preview');
  for (let y = top; y < 700; y += 40) await page.mouse.move(left, y);
  await page.evaluate(() => (window as unknown as Spied).spy.disturb());
  await wait(300);
  await leave(page); // or a thumbnail below the panel is pointed at, sooner or later
  await press(page, 'Escape');
  await wait(500);
  await look('closed');
  const lines = await page.evaluate(() => (window as unknown as Spied).spy.log());
  return lines.filter((line) => !OWN_PAINT.test(line) && !KEY_PLACE.test(line));
}
