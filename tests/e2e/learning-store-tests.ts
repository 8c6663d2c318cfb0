/** What was learnt is stored whole or not at all, carried by a file, and is never a picture. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { until } from './badge.ts';
import type { BrowserName } from './browser.ts';
import { readExpected, readOut } from './fixtures.ts';
import { LITTLE_ROOM, Room } from './full-store.ts';
import { learningKillTests } from './learning-kill-tests.ts';
import { channelPages, learningStatesTests } from './learning-states-tests.ts';
import { askLearning, drawnChannels, exportAll, keepRequest, keyOf, knownKeys, RELEASED } from './learning-store.ts';
import { OPTIONS } from './own-page.ts';
import { setStage, type Stage } from './stage.ts';

const TIMEOUT = { timeout: 120_000 };

const EMPTY_FILE = JSON.stringify({ schema: 1, kind: 'thumbprint-channels', channels: [], corrections: [], actions: {} });

const { channels, thumbnails } = drawnChannels(readExpected().thumbnails, 4);

const [PARTS, PART_BYTES] = [64, 16];

export function learningStoreTests(browser: BrowserName): void {
  let stage: Stage | undefined;
  let page: Page | undefined;
  let room: Room | undefined;
  before(async () => {
    stage = await setStage(browser, { thumbnails, files: channelPages(channels), extension: RELEASED, preferences: LITTLE_ROOM });
    page = await stage.openExtensionPage(OPTIONS);
    room = await Room.bound(stage, page);
  }, TIMEOUT);
  after(() => stage?.close());
  const scene = (): { stage: Stage; page: Page; room: Room } => {
    assert.ok(stage && page && room);
    return { stage, page, room };
  };
  storeTests(scene);
  carryTests(scene);
  learningKillTests(browser, { scene, channels, thumbnails });
  learningStatesTests({ scene, channels });
}

type Scene = () => { stage: Stage; page: Page };

function storeTests(scene: Scene): void {
  test('a database of an earlier version keeps its model', TIMEOUT, async () => {
    const { page } = scene();
    assert.deepEqual(await page.evaluate(READ_EARLIER), [2, 7, ['channels', 'learning', 'model']]);
    assert.deepEqual(await knownKeys(page), []);
  });

  test('nothing known: nothing is fetched for who points, and nothing made up is said', TIMEOUT, async () => {
    const { page, stage } = scene();
    const url = `https://i.ytimg.com${thumbnails[0]!.path}`;
    stage.site.asked.length = 0;
    assert.deepEqual(await askLearning(page, { type: 'classify', url, id: 'first' }), { ok: false, reason: 'no-channels' });
    assert.deepEqual(stage.site.asked, []);
  });

  test('two tabs at once: each keeps its channel, and both know both', TIMEOUT, async () => {
    const { page, stage } = scene();
    const other = await stage.openExtensionPage(OPTIONS);
    const replies = await Promise.all([page, other].map((tab, i) => askLearning(tab, keepRequest(i, channels[i]!, `tab-${i}`))));
    assert.ok(replies.every((reply) => reply?.ok), JSON.stringify(replies));
    assert.deepEqual(await knownKeys(page), [keyOf(0), keyOf(1)]);
    assert.deepEqual(await knownKeys(other), [keyOf(0), keyOf(1)]);
    await other.close();
  });

  test('nothing but thumbnails was asked for', TIMEOUT, () => {
    const { site } = scene().stage;
    const wrong = site.asked.filter((line) => !/i\.ytimg\.com|\/vi\//.test(JSON.stringify(line)));
    assert.deepEqual([wrong, site.refused], [[], []]);
  });
}

function carryTests(scene: Scene): void {
  test('a file carries what was learnt, and damaged ones change nothing', TIMEOUT, async () => {
    const { page } = scene();
    const file = await exportAll(page);
    for (const text of ['', file.slice(0, -9), file.replace('"schema":1', '"schema":2'), '['.repeat(1e6)]) {
      const reply = await askLearning(page, { type: 'import-channels', text, apply: '1' });
      assert.ok(reply && !reply.ok && reply.reason === 'bad-file', JSON.stringify(reply));
    }
    for (const channel of [0, 1]) {
      assert.ok((await askLearning(page, { type: 'forget-channel', key: keyOf(channel) }))?.ok);
    }
    assert.deepEqual(await knownKeys(page), []);
    const back = await askLearning(page, { type: 'import-channels', text: file, apply: '1' });
    assert.ok(back?.ok && back.added === 2, JSON.stringify(back));
    assert.deepEqual(await knownKeys(page), [keyOf(0), keyOf(1)]);
    assert.ok((await askLearning(page, { type: 'learn-undo', change: back.change }))?.ok);
    assert.deepEqual(await knownKeys(page), []);
  });

  test('no picture is in the profile, where one that is put there is found', TIMEOUT, async () => {
    const { page, stage } = scene();
    const picture = readOut(thumbnails[0]!.file);
    assert.ok((await askLearning(page, keepRequest(0, channels[0]!, 'profile')))?.ok);
    const search = (): string[] => filesWith(profileOf(stage), partsOf(picture));
    assert.deepEqual(search(), []);
    await page.evaluate(PLANT, [...picture]);
    await until('what was put there', search, (files) => files.length > 0);
    await page.evaluate('indexedDB.deleteDatabase("planted")');
  });
}

/**
 * In the extension's page: puts a database of version 1 in place of the present one, has the background read it, and
 * says which stores it has then. As text: what the test's compiler adds to functions is not there.
 */
const READ_EARLIER = `(async () => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  // The page asks for its channels as it opens, and makes the newest version meanwhile.
  const makeEarlier = async (tries) => {
    await done(indexedDB.deleteDatabase('thumbprint'));
    const opening = indexedDB.open('thumbprint', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('model').put(new ArrayBuffer(7), 'note');
    const made = await done(opening).catch((error) => (tries > 0 ? null : Promise.reject(error)));
    return made === null ? makeEarlier(tries - 1) : made.close();
  };
  await makeEarlier(20);
  await chrome.runtime.sendMessage({ type: 'status' });
  await chrome.runtime.sendMessage({ type: 'import-channels', text: ${JSON.stringify(EMPTY_FILE)}, apply: '1' });
  const database = await done(indexedDB.open('thumbprint'));
  const files = database.transaction('model', 'readwrite').objectStore('model');
  const note = await done(files.get('note'));
  await done(files.delete('note'));
  const stores = [...database.objectStoreNames];
  database.close();
  return [database.version, note.byteLength, stores];
})()`;

/** Where the browser of a stage keeps what it stores. */
function profileOf({ browser }: Stage): string {
  const line = browser.process()?.spawnargs ?? [];
  const inOption = line.find((one) => one.startsWith('--user-data-dir='))?.slice('--user-data-dir='.length);
  const profile = inOption ?? line[line.indexOf('--profile') + 1];
  assert.ok(profile, line.join(' '));
  return profile;
}

/** Bytes from all over the middle of a picture, which no other file has; short, because Firefox compresses what it stores. */
function partsOf(picture: Buffer): Buffer[] {
  const [start, length] = [picture.length / 4, picture.length / 2];
  return Array.from({ length: PARTS }, (_, part) => start + Math.floor((part * length) / PARTS)).map((at) => picture.subarray(at, at + PART_BYTES));
}

/** The files of a profile that hold a part of a picture, but for what the browser itself keeps of what it loaded. */
function filesWith(profile: string, parts: readonly Buffer[]): string[] {
  const files = readdirSync(profile, { recursive: true, encoding: 'utf8' }).filter((name) => !/cache/i.test(name));
  return files.filter((name) => {
    const path = join(profile, name);
    const content = statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path) : null;
    return content !== null && parts.some((part) => content.includes(part));
  });
}

const PLANT = async (bytes: number[]): Promise<void> => {
  const request = indexedDB.open('planted', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('files');
  await new Promise((done, failed) => Object.assign(request, { onsuccess: done, onerror: failed }));
  const transaction = request.result.transaction('files', 'readwrite', { durability: 'strict' });
  transaction.objectStore('files').put(Uint8Array.from(bytes).buffer, 'picture');
  await new Promise((done, failed) => Object.assign(transaction, { oncomplete: done, onabort: failed }));
  request.result.close();
};
