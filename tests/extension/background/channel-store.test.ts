/** The database: from an older one, whole or not at all, and read whatever it holds. */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { IDBFactory } from 'fake-indexeddb';

import { ChannelMirror, newHere, readPieces, toPieces, withCarried } from '../../../extension/src/background/learning/channel-mirror.ts';
import { indexedDbChannels } from '../../../extension/src/background/learning/channel-store.ts';
import { inTransaction } from '../../../extension/src/background/database.ts';
import { channelPage, LearnTabs } from '../../../extension/src/background/learning/learn-tabs.ts';
import { type LearntState, NOTHING_LEARNT } from '../../../extension/src/background/learning/learnt-state.ts';
import { indexedDbStore } from '../../../extension/src/background/model-store.ts';
import { ScoreCache } from '../../../extension/src/background/score-cache.ts';
import { DEFAULT_SETTINGS } from '../../../extension/src/shared/settings.ts';
import { idOf, placeOf, recordOf } from '../support/learning.ts';
import { memorySlot, until } from '../support/memory-slot.ts';

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

function stateOf(...styles: number[]): LearntState {
  return { ...NOTHING_LEARNT, revision: 1, channels: new Map(styles.map((style) => [idOf(style), recordOf(style)])) };
}

test('a database of an earlier Thumbprint keeps its model, and gets room for channels', async () => {
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.open('thumbprint', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('model').put(new ArrayBuffer(3), 'model.json');
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
    request.onerror = () => reject(request.error!);
  });
  assert.deepEqual(await indexedDbChannels.load(), NOTHING_LEARNT);
  assert.equal((await indexedDbStore.read('model.json'))?.byteLength, 3);
  await indexedDbStore.replace(new Map([['a', new ArrayBuffer(1)]]));
  assert.equal(await indexedDbStore.read('model.json'), null);
  assert.equal(await indexedDbChannels.replace(NOTHING_LEARNT, stateOf(1)), true);
  assert.equal((await indexedDbStore.read('a'))?.byteLength, 1);
});

test('what is stored is read again, and what is gone is not', async () => {
  await indexedDbChannels.replace(NOTHING_LEARNT, stateOf(1, 2));
  assert.deepEqual(await indexedDbChannels.load(), stateOf(1, 2));
  await indexedDbChannels.replace(stateOf(1, 2), { ...stateOf(2), revision: 2 });
  assert.deepEqual([...(await indexedDbChannels.load()).channels.keys()], [idOf(2)]);
});

test('what was stored meanwhile is not written over', async () => {
  await indexedDbChannels.replace(NOTHING_LEARNT, stateOf(1));
  assert.equal(await indexedDbChannels.replace(NOTHING_LEARNT, stateOf(2)), false);
  assert.deepEqual([...(await indexedDbChannels.load()).channels.keys()], [idOf(1)]);
});

test('a change that fails in the middle leaves nothing behind', async () => {
  const bad = { ...stateOf(1), undo: { change: () => undefined } as never };
  await assert.rejects(indexedDbChannels.replace(NOTHING_LEARNT, bad));
  assert.deepEqual(await indexedDbChannels.load(), NOTHING_LEARNT);
});

test('damaged and foreign records are left out, with a warning', async () => {
  const warn = mock.method(console, 'warn', () => undefined);
  await indexedDbChannels.replace(NOTHING_LEARNT, stateOf(1, 2, 3));
  await inTransaction(['channels', 'learning'], 'readwrite', (transaction) => {
    const channels = transaction.objectStore('channels');
    channels.put({ ...recordOf(1), name: 7 }, idOf(1));
    channels.put({ ...recordOf(2), examples: [{ example: 'dQw4w9WgXcQ', place: [1, 2] }] }, idOf(2));
    channels.put('x', 'foreign');
    transaction.objectStore('learning').put({ version: 'v1', keys: [1] }, 'head');
    transaction.objectStore('learning').put(null, 'undo');
    return () => undefined;
  });
  const { channels, head } = await indexedDbChannels.load();
  assert.deepEqual([[...channels.keys()], head], [[idOf(3)], null]);
  assert.equal(warn.mock.callCount(), 4);
  await inTransaction(['learning'], 'readwrite', (transaction) => {
    transaction.objectStore('learning').put({ revision: -1 }, 'state');
    return () => undefined;
  });
  assert.equal((await indexedDbChannels.load()).revision, 0);
  assert.equal(await indexedDbChannels.replace(await indexedDbChannels.load(), stateOf(3)), true);
  warn.mock.restore();
});

test('scores are kept with their place, in this life of the worker and the next', async () => {
  const slot = memorySlot();
  const scores = { probabilities: [], unknown: null, place: placeOf(1, 1) };
  await new ScoreCache(slot).set('a', scores);
  await until(() => slot.saved.length > 0);
  const cache = new ScoreCache(slot);
  assert.deepEqual(await cache.get('a', 0, 8), scores);
  assert.equal(await cache.get('a', 0, 9), null);
  assert.equal(await cache.get('a', 0), null);
  const damaged = new ScoreCache(memorySlot([['a', { probabilities: [], unknown: null, place: '§' }], ['b', { probabilities: [], unknown: null }]]));
  assert.deepEqual([await damaged.get('a', 0, 8), await damaged.get('b', 0)], [null, null]);
});

test('names go to storage.local, and to other machines only where that is wanted', async () => {
  const sync = new Map<string, unknown>([['foreign', 1]]);
  let local: unknown;
  let settings = { ...DEFAULT_SETTINGS, actions: { ...DEFAULT_SETTINGS.actions, channels: { [idOf(1)]: 'blur' as const } } };
  const mirror = new ChannelMirror({
    saveLocal: (channels) => Promise.resolve(void (local = channels)),
    loadSync: () => Promise.resolve(Object.fromEntries(sync)),
    saveSync: (entries, gone) => {
      gone.forEach((key) => sync.delete(key));
      Object.entries(entries).forEach(([key, value]) => sync.set(key, value));
      return Promise.resolve();
    },
    settings: () => Promise.resolve(settings),
  });
  await mirror.write(stateOf(1));
  const own = { key: idOf(1), id: idOf(1), handle: 'handle1', name: 'Channel 1' };
  assert.deepEqual([local, [...sync.keys()]], [[own], ['foreign']]);
  settings = { ...settings, syncChannels: true };
  await mirror.write(stateOf(1));
  assert.deepEqual(sync.get('channels0'), [{ ...own, action: 'blur' }]);

  sync.set('channels1', [{ key: idOf(2), id: idOf(2), handle: '', name: 'Theirs' }, { key: 'red' }, 7]);
  const carried = await mirror.carried();
  const state = withCarried(stateOf(1), carried, 5);
  assert.deepEqual([state.channels.get(idOf(2))?.examples, state.channels.get(idOf(2))?.fingerprint, state.channels.size], [[], '', 2]);
  assert.deepEqual(newHere({ ...stateOf(1), forgotten: [idOf(2)] }, carried), []);
  assert.deepEqual(newHere(state, carried), []);

  await mirror.write({ ...state, revision: 2 });
  assert.equal(readPieces(Object.fromEntries(sync)).length, 2);
  settings = { ...settings, syncChannels: false };
  await mirror.write(state);
  assert.deepEqual([...sync.keys()], ['foreign']);
  assert.deepEqual(await mirror.carried(), []);
});

test('what other machines are told fits the quotas', () => {
  const channels = Array.from({ length: 500 }, (_, i) => ({ key: `#${i}`, id: '', handle: '', name: '漢<"'.repeat(40) }));
  const pieces = Object.entries(toPieces(channels));
  const sizes = pieces.map(([key, piece]) => key.length + Buffer.byteLength(JSON.stringify(piece)));
  assert.ok(Math.max(...sizes) <= 8192 && pieces.length > 1, `${Math.max(...sizes)}`);
  assert.ok(sizes.reduce((sum, size) => sum + size) <= 102_400, 'together');
});

test('a tab that was opened to learn a channel says so once, and the page is YouTube’s own', async () => {
  const opened: string[] = [];
  const tabs = new LearnTabs(memorySlot(), (url) => Promise.resolve(opened.push(url) + 6));
  await tabs.open({ id: idOf(1), handle: 'a', name: 'A' });
  assert.deepEqual(opened, [`https://www.youtube.com/channel/${idOf(1)}/videos`]);
  assert.deepEqual([await tabs.begins(8), await tabs.begins(7), await tabs.begins(7)], [false, true, false]);
  assert.equal(channelPage({ id: '', handle: 'é.x', name: 'A' }), 'https://www.youtube.com/@%C3%A9.x/videos');
  assert.throws(() => channelPage({ id: '', handle: '', name: 'A' }), /gone/);
});
