import assert from 'node:assert/strict';
import { test } from 'node:test';

import { History, MAX_ENTRIES } from '../../../extension/src/background/history.ts';
import { failure, ClassifyError, type ClassifyReply, type Reason } from '../../../extension/src/shared/messages.ts';
import { memorySlot, until } from '../support/memory-slot.ts';

const SCORE = { name: 'a', displayName: 'A', handle: '@a', probability: 0.9 };
const REPLY: ClassifyReply = { ok: true, known: true, certain: false, confident: false, channel: SCORE, scores: [SCORE], unknown: null, threshold: null };

function thumbnail(id: number, variant = 'hqdefault'): string {
  return `https://i.ytimg.com/vi/${String(id).padStart(11, '0')}/${variant}.jpg`;
}

function clock(): () => number {
  let time = 0;
  return () => ++time;
}

async function whats(history: History): Promise<string[]> {
  return (await history.entries()).map(({ what }) => what);
}

test('notes the last ten answers, the newest first, for the next life of the worker too', async () => {
  const slot = memorySlot();
  const history = new History(slot, clock());
  for (let i = 0; i < 12; i++) {
    await history.addAddress(thumbnail(i), REPLY);
  }
  const entries = await history.entries();
  assert.equal(entries.length, MAX_ENTRIES);
  assert.deepEqual(entries[0], { what: thumbnail(11), time: 12, reply: REPLY });
  assert.equal(entries.at(-1)?.what, thumbnail(2));
  await until(() => slot.saved.length > 0);
  assert.deepEqual(await new History(slot, clock()).entries(), entries);
});

test('of the less probable channels it keeps how probable they are together, and no names', async () => {
  const history = new History(memorySlot(), clock());
  const rest = { probability: 0.1, count: 1, channels: JSON.stringify([{ name: 'b', displayName: 'B', handle: '' }]) };
  await history.addAddress(thumbnail(1), { ...REPLY, rest });
  assert.deepEqual((await history.entries())[0]?.reply, { ...REPLY, rest: { probability: 0.1, count: 1, channels: '[]' } });
});

test('the same picture again moves to the front, in whatever size', async () => {
  const history = new History(memorySlot(), clock());
  await history.addAddress(thumbnail(1), REPLY);
  await history.addAddress(thumbnail(2), REPLY);
  await history.addAddress(thumbnail(1, 'maxresdefault'), REPLY);
  assert.deepEqual(await whats(history), [thumbnail(1, 'maxresdefault'), thumbnail(2)]);
  await history.addAddress(thumbnail(1, 'hq2'), REPLY);
  assert.deepEqual(await whats(history), [thumbnail(1, 'hq2'), thumbnail(1, 'maxresdefault'), thumbnail(2)]);
});

test('files of one name are two', async () => {
  const history = new History(memorySlot(), clock());
  await history.addFile('image.png', REPLY);
  await history.addFile('image.png', failure(new ClassifyError('decode')));
  assert.deepEqual((await history.entries()).map(({ reply }) => reply.ok), [false, true]);
});

test('tells of failures, but not where nothing was looked at', async () => {
  const history = new History(memorySlot(), clock());
  for (const [i, reason] of (['http', 'cancelled', 'not-a-thumbnail', 'not-allowed', 'decode'] satisfies Reason[]).entries()) {
    await history.addAddress(thumbnail(i), { ok: false, reason });
  }
  assert.deepEqual(await whats(history), [thumbnail(4), thumbnail(0)]);
});

test('clear leaves nothing', async () => {
  const slot = memorySlot();
  const history = new History(slot, clock());
  await history.addAddress(thumbnail(1), REPLY);
  await history.clear();
  assert.deepEqual(await history.entries(), []);
  await until(() => slot.saved.length > 0);
  assert.deepEqual(slot.saved.at(-1), []);
});

test('ignores what is damaged in the store', async () => {
  const good = { what: thumbnail(1), time: 1, reply: REPLY };
  for (const [stored, expected] of [
    ['text', []],
    [{ 0: good }, []],
    [[null, good, { ...good, what: 1 }, { ...good, time: 'now' }, { ...good, reply: { ok: true } }], [good]],
    [Array.from({ length: 12 }, () => good), Array.from({ length: 10 }, () => good)],
  ]) {
    assert.deepEqual(await new History(memorySlot(stored), clock()).entries(), expected);
  }
});
