/** What a person meets seldom: no room, a private window, another model's space, what browsing added, names that are carried. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { DEFAULT_SETTINGS, type Settings } from '../../extension/src/shared/settings.ts';
import { answerOf, leave, until } from './badge.ts';
import type { Room } from './full-store.ts';
import { choices, nameImage, pageFile, pressButton, pressCard, pressPill, waitForPanel } from './learning.ts';
import { askLearning, type Drawn, exportAll, forgetAll, identityOf, keepRequest, keyOf, knownKeys, RELEASED } from './learning-store.ts';
import { choose, OPTIONS } from './own-page.ts';
import { openPrivateWindow } from './private-window.ts';
import type { StaticFiles } from './server.ts';
import type { Stage } from './stage.ts';

const TIMEOUT = { timeout: 120_000 };

export interface StatesProps {
  readonly scene: () => { stage: Stage; page: Page; room: Room };
  readonly channels: readonly Drawn[];
}

function pathOf(channel: number): string {
  return `/@channel${channel}/videos`;
}

const addressOf = (channel: number): string => `https://www.youtube.com${pathOf(channel)}`;

/** The pages of channels on YouTube; the first has a video more than is learnt from: the last channel's first. */
export function channelPages(channels: readonly Drawn[]): StaticFiles {
  return new Map(
    channels.map(({ name, videos }, channel) => {
      const poster = { name, handle: `@channel${channel}` };
      return pageFile(pathOf(channel), { poster, id: keyOf(channel), videos: channel === 0 ? [...videos, unlearnt(channels)] : videos });
    }),
  );
}

function unlearnt(channels: readonly Drawn[]): string {
  return channels.at(-1)!.videos[0]!;
}

export function learningStatesTests({ scene, channels }: StatesProps): void {
  test('no room left: the panel says so, nothing is changed, and with room it goes on', TIMEOUT, () => checkNoRoom(scene(), channels));
  test('learnt in another space: learnt again from the videos, or left as it was', TIMEOUT, () => checkAgain(scene(), channels));
  test('what browsing added is said, forgotten and brought back', TIMEOUT, () => checkBrowsing(scene(), channels));
  test('names are carried by the browser where a person wants it, and taken back', TIMEOUT, () => checkSync(scene(), channels));
  // The last one: pages of the extension are closed by it.
  test('a private window: it is said, and nothing is kept', TIMEOUT, () => checkPrivate(scene().stage, scene().page, channels));
}

type Scene = ReturnType<StatesProps['scene']>;

async function checkNoRoom({ stage, page, room }: Scene, channels: readonly Drawn[]): Promise<void> {
  await startWith(page, channels, [0]);
  await openPanel(stage.page, 1);
  await preview(stage.page);
  const before = await stored(page);
  const file = await exportAll(page);
  await room.fill();
  await stage.page.bringToFront();
  await pressButton(stage.page, 'Keep');
  const { lead } = await waitForPanel(stage.page, 'what went wrong', ({ buttons }) => buttons.includes('Back'));
  assert.equal(lead, 'The browser has no room left to store what was learnt. Nothing was changed.');
  const renamed = file.replace('"Channel 0"', '"Other name"').replace(/"time":\d+/, `"time":${Date.now()}`);
  assert.equal(reasonOf(await askLearning(page, { type: 'import-channels', text: renamed, apply: '1' })), 'quota');
  assert.equal(await stored(page), before);
  await room.empty();
  await pressButton(stage.page, 'Back');
  await preview(stage.page);
  await pressButton(stage.page, 'Keep');
  await waitForPanel(stage.page, 'the end', ({ buttons }) => buttons.includes('Undo'));
  assert.deepEqual(await knownKeys(page), [keyOf(0), keyOf(1)]);
  await stage.page.goto('about:blank');
}

async function checkAgain({ stage, page }: Scene, channels: readonly Drawn[]): Promise<void> {
  await startWith(page, channels, [0, 1, 2]);
  await importStale(page, await exportAll(page));
  const own = await openOptions(stage);
  await until('three wait', () => textOf(own, '#channels-stale-text'), (text) => text.includes(': 3.'));
  await own.click('#learn-all-again');
  const said = await until('what came of it', () => textOf(own, '#channels-said'), (text) => text !== '');
  assert.match(said, /^Channel 0 is learnt again, from 5 thumbnails\. Channel 1 was not learnt again\. .+ Channel 2 is learnt again, from 5/);
  await until('one waits', () => staleOf(own), (stale) => stale.join() === keyOf(1));
  const reply = await askLearning(page, { type: 'channels' });
  assert.ok(reply?.ok);
  assert.deepEqual(reply.channels.map(({ examples }) => examples.length), [5, 5, 5]);
  const url = `https://i.ytimg.com/vi/${channels[2]!.videos[0]!}/mqdefault.jpg`;
  const answer = await askLearning(page, { type: 'classify', url, id: 'again' });
  assert.deepEqual(answer?.ok === true && answer.scores[0]?.name, keyOf(2));
  await own.close();
}

async function checkBrowsing({ stage, page }: Scene, channels: readonly Drawn[]): Promise<void> {
  await startWith(page, channels, [0]);
  await choose(page, { language: 'en', keepLearning: true });
  await see(page, channels[1]!.videos[0]!, 0);
  await see(page, channels[2]!.videos[0]!, 2);
  const own = await openOptions(stage, { keepLearning: true });
  const added = (): Promise<string> => textOf(own, '#browsing-added');
  const both = 'Browsing added 1 thumbnails of your channels and 1 of others, as sums, never as pictures.';
  await until('what it added', added, (text) => text === both);
  await own.click('#forget-browsing');
  await until('that it is forgotten', added, (text) => text === 'Browsing has added nothing yet.');
  assert.deepEqual(await sumsOf(page), [null, null]);
  assert.equal(await focusedText(own), 'Undo');
  await own.keyboard.press('Enter');
  await until('it is back', added, (text) => text === both);
  assert.deepEqual(await sumsOf(page), [1, 1]);
  await own.click('#forget-browsing');
  await until('that it is forgotten', added, (text) => text === 'Browsing has added nothing yet.');
  await see(page, channels[1]!.videos[0]!, 0);
  assert.deepEqual(await sumsOf(page), [1, null], 'a video may teach anew');
  await own.close();
}

async function checkSync({ stage, page }: Scene, channels: readonly Drawn[]): Promise<void> {
  await startWith(page, channels, [0]);
  const actions = { ...DEFAULT_SETTINGS.actions, channels: { [keyOf(0)]: 'blur' as const } };
  const own = await openOptions(stage, { actions });
  assert.equal(await own.$eval('#sync-channels', (box) => (box as HTMLInputElement).checked), false, 'off at first');
  assert.deepEqual(await carried(page), {});
  const mine = { key: keyOf(0), id: keyOf(0), handle: 'channel0', name: 'Channel 0', action: 'blur' };
  await own.click('#sync-channels');
  await until('it is carried', () => carried(page), (all) => JSON.stringify(sorted(all)) === JSON.stringify(sorted({ channels0: [mine] })));
  const theirs = { key: '@elsewhere', id: '', handle: 'elsewhere', name: 'From elsewhere', action: 'dim' };
  await page.evaluate((channel) => chrome.storage.sync.set({ channels1: [channel] }), theirs);
  await until('it is taken over', () => knownKeys(page), (keys) => keys.includes('@elsewhere'));
  await until('as one to be learnt', () => staleOf(page), (stale) => stale.join() === '@elsewhere');
  assert.deepEqual((await settingsOf(page)).actions.channels, { [keyOf(0)]: 'blur', '@elsewhere': 'dim' });
  await askLearning(page, { type: 'forget-channel', key: '@elsewhere' });
  await until('it is carried no more', () => carried(page), (all) => !JSON.stringify(all).includes('elsewhere'));
  await own.bringToFront();
  await own.click('#sync-channels');
  await until('nothing is carried', () => carried(page), (all) => Object.keys(all).length === 0);
  assert.deepEqual(await knownKeys(page), [keyOf(0)], 'what is here stays');
  await own.close();
}

async function checkPrivate(stage: Stage, page: Page, channels: readonly Drawn[]): Promise<void> {
  await startWith(page, channels, [0]);
  await choose(page, { language: 'en', keepLearning: true });
  const { own, hidden } = await openPrivateWindow(stage, RELEASED, addressOf(0));
  assert.deepEqual(await knownKeys(own), [keyOf(0)]);
  const before = await stored(own);
  await hidden.bringToFront();
  await pressPill(hidden);
  const panel = await waitForPanel(hidden, 'that nothing is kept', ({ lead }) => lead !== '');
  assert.deepEqual([panel.lead, panel.buttons], ['In a private window nothing is kept. Learn the channel in an ordinary window.', ['Close']]);
  await pressButton(hidden, 'Close');
  await pointAt(hidden, unlearnt(channels));
  const said = 'Nothing was changed. In a private window nothing is kept. Learn the channel in an ordinary window.';
  await correctFirst(hidden, channels);
  await until('why not', () => cardTexts(hidden), (texts) => texts.includes(said));
  assert.equal(await stored(own), before);
  await hidden.close();
  await checkOrdinary(stage.page, own, channels);
}

/** What was done in the private window is kept where it is done in an ordinary one. */
async function checkOrdinary(page: Page, own: Page, channels: readonly Drawn[]): Promise<void> {
  await page.goto(addressOf(0));
  await page.bringToFront();
  await pointAt(page, unlearnt(channels));
  await correctFirst(page, channels);
  const kept = async (): Promise<number[]> => {
    const reply = await askLearning(own, { type: 'channels' });
    return reply?.ok === true ? [reply.corrections, reply.browsing.own] : [];
  };
  await until('both are kept', kept, (counts) => counts.join() === '1,1');
}

async function pointAt(page: Page, video: string): Promise<void> {
  await answerOf(page, await nameImage(page, video));
  await leave(page);
}

/** Says of the first channel's first video that it is not of that channel. */
async function correctFirst(page: Page, channels: readonly Drawn[]): Promise<void> {
  assert.equal((await answerOf(page, await nameImage(page, channels[0]!.videos[0]!))).state, 'known');
  await pressCard(page, 'Correct…');
  await until('the list', () => choices(page), (seen) => seen.includes('Not Channel 0'));
  await page.keyboard.press('Enter');
}

/** Default settings, and these channels, learnt. */
async function startWith(page: Page, channels: readonly Drawn[], known: readonly number[]): Promise<void> {
  await choose(page, { language: 'en' });
  await forgetAll(page);
  for (const channel of known) {
    const reply = await askLearning(page, keepRequest(channel, channels[channel]!, `${channel}-${Math.random()}`));
    assert.ok(reply?.ok, JSON.stringify(reply));
  }
}

async function openPanel(page: Page, channel: number): Promise<void> {
  await page.goto(addressOf(channel));
  await page.bringToFront();
  await pressPill(page);
  await waitForPanel(page, 'the thumbnails of the page', ({ cells }) => cells === 5);
}

async function preview(page: Page): Promise<void> {
  await pressButton(page, 'Learn');
  await waitForPanel(page, 'the preview', ({ buttons }) => buttons.includes('Keep'));
}

/** The channels of a file as if another model had learnt them, the second from videos that are there no more. */
async function importStale(page: Page, text: string): Promise<void> {
  const file = JSON.parse(text) as { channels: { key: string; fingerprint: string; examples: { example: string }[] }[] };
  for (const channel of file.channels) {
    channel.fingerprint = 'another';
    if (channel.key === keyOf(1)) channel.examples.forEach((example, i) => (example.example = `nowhere-00${i}`));
  }
  await forgetAll(page);
  const reply = await askLearning(page, { type: 'import-channels', text: JSON.stringify(file), apply: '1' });
  assert.ok(reply?.ok && reply.stale === 3, JSON.stringify(reply));
}

/** As a page of YouTube's tells of a thumbnail that was answered, and of who posted it. */
async function see(page: Page, video: string, poster: number): Promise<void> {
  const url = `https://i.ytimg.com/vi/${video}/mqdefault.jpg`;
  assert.ok((await askLearning(page, { type: 'classify', url, id: video }))?.ok);
  assert.ok((await askLearning(page, { type: 'seen', url, poster: identityOf(poster) }))?.ok);
}

async function openOptions(stage: Stage, changes: Partial<Settings> = {}): Promise<Page> {
  const own = await stage.openExtensionPage(OPTIONS);
  await choose(own, { language: 'en', ...changes });
  await until('English', () => textOf(own, '#my-channels-title'), (text) => text === 'My channels');
  await own.bringToFront();
  return own;
}

function textOf(page: Page, selector: string): Promise<string> {
  return page.evaluate((wanted) => document.querySelector<HTMLElement>(wanted)?.textContent.trim() ?? '', selector);
}

function focusedText(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.textContent ?? '');
}

function cardTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const parts = document.querySelector('thumbprint-badge')?.shadowRoot?.querySelectorAll<HTMLElement>('[data-text]') ?? [];
    return Array.from(parts, ({ dataset }) => dataset['text'] ?? '');
  });
}

async function staleOf(page: Page): Promise<string[]> {
  const reply = await askLearning(page, { type: 'channels' });
  assert.ok(reply?.ok, JSON.stringify(reply));
  return reply.channels.filter(({ stale }) => stale).map(({ key }) => key);
}

function reasonOf(reply: { ok: boolean; reason?: string } | null): string {
  return reply?.reason ?? JSON.stringify(reply);
}

/** What the store of names that the browser carries holds. */
function carried(page: Page): Promise<Record<string, unknown>> {
  return page.evaluate(() => chrome.storage.sync.get(null));
}

async function settingsOf(page: Page): Promise<Settings> {
  return page.evaluate(async () => (await chrome.storage.local.get('settings'))['settings'] as Settings);
}

/** The same object with the fields of all in it in order: stores keep none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  return Object.fromEntries(Object.keys(fields).sort().map((key) => [key, sorted(fields[key])]));
}

/** How many thumbnails the stored sums are of: that of the first channel, and that of all others; null for no sum. */
async function sumsOf(page: Page): Promise<(number | null)[]> {
  const { channels, learning } = JSON.parse(await stored(page)) as {
    channels: [{ browsed: { count: number } | null }];
    learning: Record<string, { others: { count: number } | null }>;
  };
  return [channels[0].browsed?.count ?? null, learning['state']?.others?.count ?? null];
}

/** All that the extension keeps, as JSON: its database of learnt channels, its stores, and the last answers. */
async function stored(page: Page): Promise<string> {
  return (await page.evaluate(READ_STORED)) as string;
}

const READ_STORED = `(async () => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const database = await done(indexedDB.open('thumbprint'));
  const transaction = database.transaction(['channels', 'learning']);
  const [channels, names, parts] = await Promise.all([
    done(transaction.objectStore('channels').getAll()),
    done(transaction.objectStore('learning').getAllKeys()),
    done(transaction.objectStore('learning').getAll()),
  ]);
  database.close();
  const [local, sync, { history, seenVideos }] = await Promise.all([
    chrome.storage.local.get(null), chrome.storage.sync.get(null), chrome.storage.session.get(null),
  ]);
  const learning = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
  const plain = (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
  return JSON.stringify({ channels, learning, local, sync, history, seenVideos }, plain);
})()`;
