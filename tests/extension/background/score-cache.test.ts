/** What is remembered of pictures, within the worker's life and beyond it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ScoreCache, MAX_ENTRIES } from '../../../extension/src/background/score-cache.ts';
import { SessionStore } from '../../../extension/src/background/session-store.ts';
import { memorySlot, until } from '../support/memory-slot.ts';

const SCORES = { probabilities: [0.7, 0.2], unknown: 0.1 };

test('gives back what was put in, in this life of the worker and the next', async () => {
  const slot = memorySlot();
  const cache = new ScoreCache(slot);
  assert.equal(await cache.get('a', 2), null);
  await cache.set('a', SCORES);
  assert.deepEqual(await cache.get('a', 2), SCORES);
  await until(() => slot.saved.length > 0);
  assert.deepEqual(await new ScoreCache(slot).get('a', 2), SCORES);
});

test('reads the store once, and many changes make one write', async () => {
  const slot = memorySlot();
  const cache = new ScoreCache(slot);
  for (let i = 0; i < 20; i++) {
    await cache.set(String(i), SCORES);
    await cache.get(String(i), 2);
  }
  await until(() => slot.saved.length > 0);
  assert.equal(slot.loads, 1);
  assert.deepEqual(slot.saved.map((entries) => (entries as unknown[]).length), [20]);
});

test('the pictures that were looked at longest ago leave', async () => {
  const slot = memorySlot();
  const cache = new ScoreCache(slot);
  for (let i = 0; i < MAX_ENTRIES; i++) {
    await cache.set(String(i), SCORES);
  }
  await cache.get('0', 2);
  await cache.set('new', SCORES);
  await cache.set('newer', SCORES);
  const there = await Promise.all(['0', '1', '2', '3', 'new', 'newer'].map(async (key) => (await cache.get(key, 2)) !== null));
  assert.deepEqual(there, [true, false, false, true, true, true]);
  await until(() => slot.saved.length > 0);
  assert.equal((slot.saved.at(-1) as unknown[]).length, MAX_ENTRIES);
});

test('clear leaves nothing, here and in the store', async () => {
  const slot = memorySlot([['a', SCORES]]);
  const cache = new ScoreCache(slot);
  await cache.clear();
  assert.equal(await cache.get('a', 2), null);
  await until(() => slot.saved.length > 0);
  assert.deepEqual(slot.saved.at(-1), []);
});

test('an endless key is not kept', async () => {
  const cache = new ScoreCache(memorySlot());
  await cache.set('x'.repeat(3000), SCORES);
  assert.equal(await cache.get('x'.repeat(3000), 2), null);
});

test('scores of another number of channels are none', async () => {
  const cache = new ScoreCache(memorySlot([['a', SCORES]]));
  assert.equal(await cache.get('a', 3), null);
  assert.deepEqual(await cache.get('a', 2), SCORES);
});

const GARBAGE: unknown[] = [
  null,
  'text',
  { a: SCORES },
  [null, 1, 'a', [], ['a'], ['a', SCORES, 1], [1, SCORES]],
  [['a', null]],
  [['a', {}]],
  [['a', { ...SCORES, probabilities: [] }]],
  [['a', { ...SCORES, probabilities: '0.7' }]],
  [['a', { ...SCORES, probabilities: [0.7, '0.2'] }]],
  [['a', { ...SCORES, probabilities: [0.7, null] }]],
  [['a', { ...SCORES, probabilities: [0.7, 1.5] }]],
  [['a', { ...SCORES, unknown: undefined }]],
  [['a', { ...SCORES, unknown: -1 }]],
];

for (const stored of GARBAGE) {
  test(`ignores ${JSON.stringify(stored)} in the store`, async () => {
    const good = Array.isArray(stored) ? [['good', SCORES], ...(stored as unknown[])] : stored;
    const cache = new ScoreCache(memorySlot(good));
    assert.equal(await cache.get('a', 2), null);
    assert.deepEqual(await cache.get('good', 2), Array.isArray(stored) ? SCORES : null);
    await cache.set('a', SCORES);
    assert.deepEqual(await cache.get('a', 2), SCORES);
  });
}

test('of too many in the store, the last used are kept', async () => {
  const stored = Array.from({ length: MAX_ENTRIES + 1 }, (_, i) => [String(i), SCORES]);
  const cache = new ScoreCache(memorySlot(stored));
  assert.equal(await cache.get('0', 2), null);
  assert.deepEqual(await cache.get('1', 2), SCORES);
});

test('a store that fails costs the memory of later lives, not the answer', async (context) => {
  const warn = context.mock.method(console, 'warn', () => undefined);
  const refuse = (): Promise<never> => Promise.reject(new Error('quota'));
  const cache = new ScoreCache({ load: refuse, save: refuse });
  await cache.set('a', SCORES);
  assert.deepEqual(await cache.get('a', 2), SCORES);
  await until(() => warn.mock.callCount() === 2);
});

test('a change during a write is written after it', async () => {
  const writes: { value: unknown; end: () => void }[] = [];
  const save = (value: unknown): Promise<void> =>
    new Promise((end) => writes.push({ value: JSON.parse(JSON.stringify(value)) as unknown, end }));
  const stored = new SessionStore({ load: () => Promise.resolve(undefined), save }, () => [0], (value) => value);
  await stored.change((value) => value.push(1));
  await until(() => writes.length === 1);
  await stored.change((value) => value.push(2));
  await stored.change((value) => value.push(3));
  writes[0]?.end();
  await until(() => writes.length === 2);
  writes[1]?.end();
  assert.deepEqual(writes.map(({ value }) => value), [[0, 1], [0, 1, 2, 3]]);
});

test('nothing is written where nothing changed', async (context) => {
  const timer = context.mock.method(globalThis, 'setTimeout');
  const slot = memorySlot([['a', SCORES]]);
  await new ScoreCache(slot).get('a', 2);
  assert.equal(timer.mock.callCount(), 0);
  assert.deepEqual(slot.saved, []);
});
