/** Own channels on the extension's pages, as it comes from a release: from none to five hundred, and back. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import type { ChannelsReply, ImportReply, Learnt } from '../../extension/src/shared/learning.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../extension/src/shared/settings.ts';
import { examine } from './axe.ts';
import { until } from './badge.ts';
import { type BrowserName, setViewport } from './browser.ts';
import { OUT, readExpected } from './fixtures.ts';
import { pageFile, pressButton, pressPill, waitForPanel } from './learning.ts';
import { askLearning, type Drawn, drawnChannels, keepRequest, keyOf } from './learning-store.ts';
import { choose, OPTIONS } from './own-page.ts';
import { setStage, type Stage } from './stage.ts';

const TIMEOUT = { timeout: 120_000 };
const RELEASED = join(OUT, 'released', 'extension');
const SHOTS = join(OUT, 'shots');
const PICTURES = join(OUT, 'thumbnails');
const WELCOME = 'build/welcome.html';
const MANY = 500;
const LONG_MS = 90_000; // five hundred channels on a busy machine

/** Channels of pages, which are none of those of files. */
const drawn = drawnChannels(readExpected().thumbnails, 2);
const [another, further] = drawn.channels as [Drawn, Drawn];
const ANOTHER_PAGE = 'https://www.youtube.com/@another/videos';
const pageOfAnother = pageFile('/@another/videos', { poster: { name: another.name, handle: '@another' }, id: keyOf(0), videos: another.videos });

/** A file of channels, as far as tests change it. */
interface ChannelFile {
  channels: { key: string; id: string; handle: string; name: string; fingerprint: string }[];
}

export function myChannelsTests(browser: BrowserName): void {
  describe(`own channels in ${browser}`, { timeout: 600_000 }, () => {
    let stage: Stage | undefined;
    before(async () => {
      mkdirSync(SHOTS, { recursive: true });
      stage = await setStage(browser, { extension: RELEASED, thumbnails: drawn.thumbnails, files: new Map([pageOfAnother]) });
    }, TIMEOUT);
    after(() => stage?.close());
    const current = (): Stage => {
      assert.ok(stage);
      return stage;
    };
    emptyTests(current);
    learnTests(current);
    changeTests(current);
    fileTests(current);
    manyTests(current);
    mostTests(current);
  });
}

function emptyTests(stage: () => Stage): void {
  test('where no channel is known, the pages say so and lead to the first', TIMEOUT, async () => {
    for (const [path, wanted] of [[OPTIONS, '#channels-none'], [WELCOME, '#learn:not([hidden]) #steps li'], ['build/popup.html', '#channels']] as const) {
      const page = await open(stage(), path);
      await until(`${path} says so`, () => textOf(page, wanted), (text) => /No channel is known yet|Open a channel/.test(text));
      assert.doesNotMatch(await page.evaluate(() => document.body.innerText), /Macro F1|Recipe|thumbnails; takes/);
      assert.equal(await page.evaluate(() => document.querySelector('#samples')?.checkVisibility() ?? false), false);
      await look(stage(), page, `none-${path.slice(6, -5)}`);
      await page.close();
    }
  });

  test('of strictness there is nothing to choose yet', TIMEOUT, async () => {
    const page = await open(stage(), OPTIONS);
    await until('a sentence', () => textOf(page, '#strictness-words'), (text) => text.startsWith('There is nothing to choose yet'));
    assert.equal(await page.evaluate(() => document.querySelector('#strictness')?.checkVisibility()), false);
    await page.close();
  });
}

function learnTests(stage: () => Stage): void {
  test('a channel is learnt from pictures, with the keyboard alone', TIMEOUT, async () => {
    const page = await open(stage(), OPTIONS);
    await page.waitForSelector('#learn-pictures', { visible: true });
    await page.focus('#learn-pictures');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Made by hand');
    await give(page, '#pictures-files', [...pictures(), fileOf('text.png', 'no picture'), fileOf('half.jpg', readFileSync(pictures()[0]!).subarray(0, 900))]);
    await until('all are read', () => textOf(page, '#pictures-said'), (text) => text === `Pictures read: ${pictures().length}.`);
    const bad = await page.$$eval('#pictures-bad li', (rows) => rows.map(({ textContent }) => textContent));
    assert.match(bad.join('\n'), /text\.png: not a JPEG, PNG or WebP/);
    assert.match(bad.join('\n'), /half\.jpg: The thumbnail is damaged/);
    await look(stage(), page, 'pictures');
    await page.focus('#pictures-go');
    await page.keyboard.press('Enter');
    await pressInPanel(page, 'Learn');
    await until('a preview', () => panelText(page), (text) => text.includes('Recognised'));
    await look(stage(), page, 'pictures-panel');
    await pressInPanel(page, 'Keep');
    await until('it is learnt', () => panelText(page), (text) => text.includes('Made by hand is learnt'));
    await page.keyboard.press('Escape');
    await until('a row', () => rowNames(page), (names) => names.join() === 'Made by hand');
    assert.match(await textOf(page, '.channel .facts-line'), /^Examples: \d+ · rough · learnt here$|^Examples: 12 · good · learnt here$/);
    const { channels } = await channelsOf(page);
    assert.deepEqual(channels.map(({ name, source, examples }) => [name, source, examples.length]), [['Made by hand', 'learnt', pictures().length]]);
    await page.close();
  });

  test('then the first page says so, without samples', TIMEOUT, async () => {
    const page = await open(stage(), WELCOME);
    await until('the name', () => textOf(page, '#learnt'), (text) => text.includes('You have learnt Made by hand'));
    assert.equal(await page.evaluate(() => document.querySelector('#samples')?.checkVisibility()), false);
    assert.equal(await page.evaluate(() => document.querySelector('#zone')?.checkVisibility()), true);
    await look(stage(), page, 'first-learnt');
    await page.close();
  });
}

function changeTests(stage: () => Stage): void {
  test('a channel is renamed with the keyboard: Enter keeps, Esc does not', TIMEOUT, async () => {
    const page = await open(stage(), OPTIONS);
    const rename = async (name: string, key: 'Enter' | 'Escape'): Promise<void> => {
      await page.waitForSelector('.channel [data-does="rename"]');
      await page.focus('.channel [data-does="rename"]');
      await page.keyboard.press('Enter');
      await page.keyboard.type(name);
      await page.keyboard.press(key);
      await until('the focus is back', () => focusOf(page), (does) => does === 'rename');
    };
    await rename('Nobody', 'Escape');
    assert.deepEqual(await rowNames(page), ['Made by hand']);
    await rename('Étoile & <b>', 'Enter');
    await until('the new name', () => rowNames(page), (names) => names.join() === 'Étoile & <b>');
    assert.equal((await channelsOf(page)).channels[0]?.name, 'Étoile & <b>');
    await page.close();
  });

  test('what is done to its thumbnails goes and comes back with it', TIMEOUT, async () => {
    const page = await open(stage(), OPTIONS);
    await page.waitForSelector('.channel select');
    const [{ key } = { key: '' }] = (await channelsOf(page)).channels;
    await page.select('.channel select', 'blur');
    await stored(page, ({ actions }) => actions.channels[key] === 'blur');
    await page.focus('.channel [data-does="forget"]');
    await page.keyboard.press('Enter');
    await until('the offer', () => textOf(page, '.forgotten'), (text) => text.startsWith('Étoile & <b> is forgotten.'));
    assert.equal((await channelsOf(page)).channels.length, 0);
    await stored(page, ({ actions }) => actions.channels[key] === undefined);
    await until('the focus', () => page.evaluate(() => document.activeElement?.textContent ?? ''), (text) => text === 'Undo');
    await look(stage(), page, 'forgotten');
    await page.keyboard.press('Enter');
    await until('it is back', () => rowNames(page), (names) => names.join() === 'Étoile & <b>');
    await until('the focus is back', () => focusOf(page), (does) => does === 'forget');
    await stored(page, ({ actions }) => actions.channels[key] === 'blur');
    assert.equal(await page.$('.forgotten'), null);
    await page.close();
  });
}

function fileTests(stage: () => Stage): void {
  test('a file holds what was learnt: forgotten and imported, it is back, and gone with Undo', TIMEOUT, async () => {
    const page = await open(stage(), OPTIONS);
    await page.waitForSelector('.channel');
    const text = await exported(page);
    assert.doesNotMatch(text, /data:image|\/9j\//);
    await page.click('.channel [data-does="forget"]');
    await until('it is gone', () => rowNames(page), ({ length }) => length === 0);
    await give(page, '#channels-file', [fileOf('my-channels.json', text)]);
    await until('what it would change', () => textOf(page, '#carry-result p'), (said) => said === '1 new, 0 newer, 0 in conflict; unchanged: 0.');
    assert.deepEqual(await rowNames(page), []);
    await page.keyboard.press('Enter'); // the focus is on Import
    await until('it is back', () => rowNames(page), (names) => names.join() === 'Étoile & <b>');
    await look(stage(), page, 'imported');
    await until('Undo has the focus', () => page.evaluate(() => document.activeElement?.textContent ?? ''), (said) => said === 'Undo');
    await page.keyboard.press('Enter');
    await until('it is gone again', () => rowNames(page), ({ length }) => length === 0);
    assert.equal(await textOf(page, '#carry-result p'), 'The import was taken back.');
    await imported(page, text);
    await page.close();
  });

  test('a damaged file changes nothing, and what is wrong is said', TIMEOUT, async () => {
    const page = await open(stage(), OPTIONS);
    await page.waitForSelector('.channel');
    const before = await channelsOf(page);
    const file = JSON.parse(await exported(page)) as ChannelFile;
    const damaged = { ...file, channels: file.channels.map((channel) => ({ ...channel, name: 7 })) };
    for (const [content, says] of [['{"kind":', /not JSON/], ['[]', /kind/], [damaged, /channels\[0\]/]] as const) {
      await give(page, '#channels-file', [fileOf('damaged.json', content)]);
      await until(String(says), () => textOf(page, '#carry-result p'), (text) => text.startsWith('This is not a file of channels') && says.test(text));
    }
    assert.equal(await page.$('#carry-result button'), null);
    assert.deepEqual(await channelsOf(page), before);
    await page.close();
  });
}

function manyTests(stage: () => Stage): void {
  test('five hundred channels are quick to draw and to search, and nothing is asked for a letter', TIMEOUT, async () => {
    let page = await open(stage(), OPTIONS);
    await page.waitForSelector('.channel');
    const { channels: [channel], ...rest } = JSON.parse(await exported(page)) as ChannelFile;
    assert.ok(channel);
    const name = (i: number): string => `${i % 50 === 0 ? 'Étoile' : 'Channel'} ${i}`;
    const channels = Array.from({ length: MANY - 1 }, (_, i) => ({ ...channel, key: `#${name(i)}`, name: name(i) }));
    // One is of another model's space, with nothing but a file to learn from.
    channels[7] = { ...channels[7]!, fingerprint: 'another' };
    await imported(page, JSON.stringify({ ...rest, channels, corrections: [], actions: {} }));
    await page.close();
    page = await open(stage(), OPTIONS);
    await until('rows', () => rowNames(page), ({ length }) => length > 10);
    assert.ok((await rowNames(page)).length < 100, 'only what can be seen is drawn');
    await noteRequests(page);
    await page.focus('#search');
    await page.keyboard.type('etoile 4');
    await until('what is found', () => textOf(page, '#channels-count'), (text) => text === `2 of ${MANY}`);
    assert.deepEqual(await rowNames(page), ['Étoile 400', 'Étoile 450']);
    assert.deepEqual(await requestsNoted(page), []);
    await page.keyboard.down('Control');
    await page.keyboard.press('a');
    await page.keyboard.up('Control');
    await page.keyboard.type('channel 7');
    await until('the stale one', () => textOf(page, '.channel .stale'), (text) => text.includes('cannot be read again'));
    await look(stage(), page, 'many');
    await page.close();
  });

  test('the end of the list brings more rows, until all are there', TIMEOUT, async () => {
    const page = await open(stage(), OPTIONS);
    await until('rows', () => rowNames(page), ({ length }) => length > 10);
    const scroll = (): Promise<number> =>
      page.$eval('#channels-box', (box) => {
        box.scrollTo(0, box.scrollHeight);
        return box.querySelectorAll('.channel').length;
      });
    await until('all', scroll, (count) => count === MANY, LONG_MS);
    await page.close();
  });

  test('in French and in a narrow window nothing is cut off', TIMEOUT, async () => {
    const page = await open(stage(), OPTIONS, { language: 'fr' });
    await setViewport(page, { width: 360, height: 740 });
    await until('French', () => textOf(page, '#my-channels-title'), (text) => text === 'Mes chaînes');
    await until('rows', () => rowNames(page), ({ length }) => length > 10);
    await look(stage(), page, 'narrow-fr');
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
    await page.close();
  });
}

function mostTests(stage: () => Stage): void {
  test('no more than five hundred: one more is refused until another is forgotten', TIMEOUT, async () => {
    const page = await open(stage(), OPTIONS);
    const { page: site } = stage();
    await site.goto(ANOTHER_PAGE);
    await site.bringToFront();
    await pressPill(site);
    await waitForPanel(site, 'that there is no room', ({ lead }) => lead.startsWith('500 channels are known, and there is room for no more.'));
    await pressButton(site, 'Learn');
    await waitForPanel(site, 'the same', ({ buttons, lead }) => buttons.includes('Learn') && lead.startsWith('500 channels'));
    const before = await channelsOf(page);
    const keep = (channel: number, { videos }: Drawn) => askLearning(page, keepRequest(channel, { name: '', videos }, `most-${Math.random()}`));
    assert.deepEqual(await keep(0, another), { ok: false, reason: 'too-many' });
    const one = { ...(JSON.parse(await exported(page)) as ChannelFile).channels[0]!, key: '#501st', id: '', handle: '', name: '501st' };
    const text = JSON.stringify({ schema: 1, kind: 'thumbprint-channels', channels: [one], corrections: [], actions: {} });
    assert.deepEqual(await askLearning(page, { type: 'import-channels', text, apply: '1' }), { ok: false, reason: 'too-many' });
    assert.deepEqual(await channelsOf(page), before);
    await site.goto('about:blank');
    const forgotten = before.channels.find(({ name }) => name === 'Channel 3')!;
    assert.ok((await askLearning(page, { type: 'forget-channel', key: forgotten.key }))?.ok);
    assert.ok((await keep(0, another))?.ok, 'there is room for one');
    assert.deepEqual(await keep(MANY + 1, further), { ok: false, reason: 'too-many' });
    assert.equal((await channelsOf(page)).channels.length, MANY);
    await page.close();
  });
}

async function open(stage: Stage, path: string, changes: Partial<Settings> = {}): Promise<Page> {
  const page = await stage.openExtensionPage(path);
  const actions = await page.evaluate(async () => ((await chrome.storage.local.get('settings'))['settings'] as Settings | undefined)?.actions);
  await choose(page, { language: 'en', actions: actions ?? DEFAULT_SETTINGS.actions, ...changes });
  page.on('pageerror', (error) => {
    throw error;
  });
  return page;
}

/** Photographs a page, and has axe examine it. */
async function look(stage: Stage, page: Page, name: string): Promise<void> {
  await page.evaluate(async () => {
    await Promise.all(document.getAnimations().map(({ finished }) => finished));
  });
  await page.screenshot({ path: join(SHOTS, `own-${stage.name}-${name}.png`), fullPage: true });
  assert.deepEqual((await examine(page, ['body'])).barriers, [], name);
}

function pictures(): string[] {
  return readdirSync(PICTURES).filter((name) => name.startsWith('made')).map((name) => join(PICTURES, name));
}

async function channelsOf(page: Page): Promise<ChannelsReply> {
  const reply = (await page.evaluate(() => chrome.runtime.sendMessage({ type: 'channels' }))) as Learnt<ChannelsReply>;
  assert.ok(reply.ok, JSON.stringify(reply));
  return reply;
}

async function exported(page: Page): Promise<string> {
  const reply = (await page.evaluate(() => chrome.runtime.sendMessage({ type: 'export-channels' }))) as { text: string };
  return reply.text;
}

async function imported(page: Page, text: string): Promise<void> {
  const reply = (await page.evaluate((file) => chrome.runtime.sendMessage({ type: 'import-channels', text: file, apply: '1' }), text)) as Learnt<ImportReply>;
  assert.ok(reply.ok, JSON.stringify(reply));
}

async function rowNames(page: Page): Promise<string[]> {
  return page.$$eval('#channels .channel .name', (names) => names.map(({ textContent }) => textContent));
}

async function textOf(page: Page, selector: string): Promise<string> {
  return page.evaluate((wanted) => document.querySelector<HTMLElement>(wanted)?.textContent.trim() ?? '', selector);
}

/** What the button with the focus does. */
async function focusOf(page: Page): Promise<string> {
  return page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['does'] ?? '');
}

/** Everything that the panel says; most of its texts are drawn by its style. */
async function panelText(page: Page): Promise<string> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.learn-panel')]
      .flatMap(({ shadowRoot }) => [...(shadowRoot?.querySelectorAll<HTMLElement>('[data-text]') ?? [])])
      .map(({ dataset }) => dataset['text'])
      .join('\n'),
  );
}

/** Goes to a button of the panel by Tab, and presses it. */
async function pressInPanel(page: Page, text: string): Promise<void> {
  const focused = () => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute('aria-label') ?? '');
  const step = async (): Promise<string> => {
    const now = await focused();
    if (now !== text) {
      await page.keyboard.press('Tab');
    }
    return now;
  };
  await until(`${text} has the focus`, step, (now) => now === text);
  await page.keyboard.press('Enter');
}

/** Notes what the page asks the background from now on. */
async function noteRequests(page: Page): Promise<void> {
  await page.evaluate('globalThis.__name = (named) => named'); // what the bundler of tests names functions with
  await page.evaluate(() => {
    const noted: unknown[] = [];
    const { runtime } = chrome;
    const { sendMessage } = runtime;
    const ask = (message: unknown): Promise<unknown> => sendMessage.call<typeof runtime, [unknown], Promise<unknown>>(runtime, message);
    Object.assign(globalThis, { noted });
    Object.assign(chrome.runtime, {
      sendMessage: (message: unknown) => {
        noted.push(message);
        return ask(message);
      },
    });
  });
}

async function requestsNoted(page: Page): Promise<unknown[]> {
  return page.evaluate(() => (globalThis as unknown as { noted: unknown[] }).noted);
}

/** The stored settings, once they are as they should be. */
async function stored(page: Page, done: (settings: Settings) => boolean): Promise<Settings> {
  const read = () => page.evaluate(async () => (await chrome.storage.local.get('settings'))['settings'] as Settings);
  return until('the settings', read, done);
}

async function give(page: Page, selector: string, paths: string[]): Promise<void> {
  const input = await page.$(selector);
  assert.ok(input);
  await (input as unknown as { uploadFile: (...paths: string[]) => Promise<void> }).uploadFile(...paths);
}

function fileOf(name: string, content: unknown): string {
  const path = join(SHOTS, name);
  writeFileSync(path, typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content));
  return path;
}
