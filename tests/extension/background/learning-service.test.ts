/** Learn, look, change, correct and carry, with a real database in memory and places instead of pictures. */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { IDBFactory } from 'fake-indexeddb';

import { indexedDbChannels, type ChannelStore } from '../../../extension/src/background/learning/channel-store.ts';
import { LearntAnswers } from '../../../extension/src/background/learning/learnt-answers.ts';
import { LearntChannels } from '../../../extension/src/background/learning/learnt-channels.ts';
import type { Space } from '../../../extension/src/background/learning/learnt-fit.ts';
import type { LearntState } from '../../../extension/src/background/learning/learnt-state.ts';
import { LearningService } from '../../../extension/src/background/learning/learning-service.ts';
import { thumbnailSource } from '../../../extension/src/background/image-source.ts';
import { SeenVideos } from '../../../extension/src/background/learning/seen-videos.ts';
import { joinScores } from '../../../extension/src/model/join.ts';
import type { Place } from '../../../extension/src/model/style-prior.ts';
import type { ChannelIdentity, Example } from '../../../extension/src/shared/learning.ts';
import { ClassifyError, type ClassifyResult } from '../../../extension/src/shared/messages.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../extension/src/shared/settings.ts';
import { thumbnailOf } from '../../../extension/src/shared/thumbnails.ts';
import { examplesOf, idOf, placeOf, spaceOf, videoOf } from '../support/learning.ts';
import { memorySlot } from '../support/memory-slot.ts';

const NEVER = new AbortController().signal;

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

interface Options {
  space?: Space | null;
  settings?: Partial<Settings>;
  store?: ChannelStore;
}

/** One life of the worker, on whatever database there is. */
class Life {
  settings: Settings;
  space: Space | null;
  now = 5000;
  readonly channels: LearntChannels;
  readonly service: LearningService;
  readonly answers: LearntAnswers;

  constructor({ space = spaceOf(), settings = {}, store = indexedDbChannels }: Options = {}) {
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
    this.space = space;
    const loadSpace = (): Promise<Space | null> => Promise.resolve(this.space);
    this.channels = new LearntChannels({ store, space: loadSpace, changed: () => undefined });
    this.answers = new LearntAnswers(this.channels);
    this.service = new LearningService({
      channels: this.channels,
      reader: {
        read: (examples) => Promise.resolve(readPlaces(examples)),
        readFile: () => Promise.resolve(`picture:${'a'.repeat(64)}`),
      },
      cache: { get: (key) => Promise.resolve({ probabilities: [], unknown: null, place: placeAt(key.split(':')[1]!) }) },
      seenVideos: new SeenVideos(memorySlot()),
      metadata: () => Promise.resolve(this.space!.metadata),
      space: loadSpace,
      settings: () => Promise.resolve(this.settings),
      checkAllowed: () => Promise.resolve(),
      act: (changes) => {
        const all = Object.entries({ ...this.settings.actions.channels, ...changes }).filter(([, action]) => action !== null);
        this.settings = { ...this.settings, actions: { ...this.settings.actions, channels: Object.fromEntries(all) as never } };
        return Promise.resolve();
      },
      now: () => this.now,
    });
  }

  async learn(style: number, count = 8, request = `keep-${style}-${count}`): Promise<string> {
    return this.service.keep(channelOf(style), examplesOf(style, count).map(({ example }) => example), request, NEVER);
  }

  /** What is answered of a picture. */
  async answer(style: number, picture: number, probabilities: number[] = [], unknown: number | null = null): Promise<ClassifyResult> {
    const { metadata } = this.space!;
    const scores = { probabilities, unknown, place: placeOf(style, picture) };
    const { learnt, said } = await this.answers.beside(scores, metadata, thumbnailSource(thumbnailOf(videoOf(style, picture))));
    return joinScores(scores, metadata, learnt, said, null);
  }
}

function channelOf(style: number): ChannelIdentity {
  return { id: idOf(style), handle: `handle${style}`, name: `Channel ${style}` };
}

function placeAt(video: string): Place {
  const [, style, picture] = /^video(\d)-(\d+)$/.exec(video)!;
  return placeOf(Number(style), Number(picture));
}

/** Pictures from 9000 on are not there. */
function readPlaces(examples: readonly Example[]): { examples: { example: Example; place: Place }[]; failed: { example: Example; reason: 'http' }[] } {
  const isThere = (example: Example): boolean => Number(example.slice(-4)) < 9000;
  return {
    examples: examples.filter(isThere).map((example) => ({ example, place: placeAt(example) })),
    failed: examples.filter((example) => !isThere(example)).map((example) => ({ example, reason: 'http' })),
  };
}

async function rejects(promise: Promise<unknown>, reason: string, detail?: string): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof ClassifyError && error.reason === reason && error.detail === detail);
}

test('one channel is learnt, answers, and is there in the next life of the worker', async () => {
  const life = new Life();
  assert.equal(await life.answers.knows(life.space!.metadata), false);
  await life.learn(1);
  for (const now of [life, new Life()]) {
    const { known, channel, certain } = await now.answer(1, 50);
    assert.deepEqual([known, certain, channel.name, channel.displayName, channel.quality], [true, false, idOf(1), 'Channel 1', 'rough']);
    assert.equal((await now.answer(3, 50)).known, false);
    const [own] = (await now.service.channels()).channels;
    assert.deepEqual([own?.key, own?.source, own?.stale, own?.examples.length, own?.quality], [idOf(1), 'learnt', false, 8, 'rough']);
  }
});

test('the next life of the worker needs no prior to answer, and another model is fitted for', async () => {
  await new Life().learn(1);
  const life = new Life();
  const { metadata } = life.space!;
  life.space = null;
  assert.equal(await life.answers.knows(metadata), true);
  const other = new Life({ space: spaceOf({ version: 'v2' }) });
  assert.equal((await other.answer(1, 50)).known, true);
  assert.equal((await indexedDbChannels.load()).head?.version, 'v2');
});

test('a preview tells by examples that are left out, and stores nothing', async () => {
  const life = new Life();
  await life.learn(1);
  const examples = examplesOf(2, 14).map(({ example }) => example);
  const reply = await life.service.preview(channelOf(2), [...examples, videoOf(2, 9001)], NEVER);
  assert.deepEqual([reply.count, reply.quality, reply.known], [14, 'good', false]);
  assert.deepEqual(reply.failed, [{ example: videoOf(2, 9001), reason: 'http' }]);
  assert.equal(reply.tested.length, 14);
  assert.ok(reply.tested.every(({ recognised }) => recognised));
  assert.equal(reply.others.length, 6);
  assert.ok(reply.others.every(({ name, taken }) => name === 'Channel 1' && !taken));
  assert.equal(reply.strangers.of, 60);
  assert.deepEqual(reply.alike, []);
  assert.equal((await life.channels.state()).channels.size, 1);
});

test('a preview of a channel that looks like another says how often they are mixed up', async () => {
  const life = new Life();
  await life.learn(1);
  const twin = { id: idOf(7), handle: '', name: 'Twin' };
  const reply = await life.service.preview(twin, Array.from({ length: 8 }, (_, i) => videoOf(1, 100 + i)), NEVER);
  assert.deepEqual(reply.alike.map(({ name, of }) => [name, of]), [['Channel 1', 16]]);
  assert.ok(reply.alike[0]!.mixed > 0 && reply.tested.some(({ recognised }) => !recognised));
});

test('below five thumbnails nothing is learnt', async () => {
  const life = new Life();
  const reply = await life.service.preview(channelOf(1), [videoOf(1, 1)], NEVER);
  assert.deepEqual([reply.count, reply.quality, reply.tested], [1, null, []]);
  await rejects(life.learn(1, 4), 'too-few', '4');
  assert.equal((await life.channels.state()).revision, 0);
});

test('learning from more adds, also where the channel is named otherwise', async () => {
  const life = new Life();
  await life.service.keep({ id: '', handle: 'Handle1', name: 'Old' }, examplesOf(1, 6).map(({ example }) => example), 'a', NEVER);
  await life.learn(1, 9);
  const { channels } = await life.channels.state();
  assert.deepEqual([...channels.keys()], ['@handle1']);
  assert.equal(channels.get('@handle1')?.id, idOf(1));
  assert.equal(channels.get('@handle1')?.examples.length, 9);
});

test('a request that is asked again is carried out once, and gives the same change', async () => {
  const change = await new Life().learn(1, 8, 'same');
  const life = new Life();
  assert.equal(await life.learn(1, 8, 'same'), change);
  assert.equal((await life.channels.state()).revision, 1);
});

test('every change can be taken back, if it is the last', async () => {
  const life = new Life();
  const first = await life.learn(1);
  const second = await life.learn(2);
  await rejects(life.service.undo(first), 'gone');
  await life.service.undo(second);
  await rejects(life.service.undo(second), 'gone');
  assert.ok((await life.answer(2, 50)).scores.every(({ name }) => name !== idOf(2)));
  const forgotten = await life.service.forget(idOf(1));
  assert.equal(await life.answers.knows(life.space!.metadata), false);
  await new Life().service.undo(forgotten);
  assert.equal((await new Life().answer(1, 50)).known, true);
  const again = new Life();
  const change = await again.service.rename(idOf(1), 'Renamed');
  assert.equal((await again.answer(1, 50)).channel.displayName, 'Renamed');
  await again.service.undo(change);
  assert.equal((await again.answer(1, 50)).channel.displayName, 'Channel 1');
});

test('what is gone cannot be changed', async () => {
  const life = new Life();
  await rejects(life.service.forget(idOf(1)), 'gone');
  await rejects(life.service.rename(idOf(1), 'x'), 'gone');
  await rejects(life.service.correct(thumbnailOf(videoOf(1, 1)), idOf(1), ''), 'gone');
});

test('a model without a prior learns nothing, and what was learnt waits; another space makes it stale', async () => {
  await new Life().learn(1);
  const without = new Life({ space: null });
  await rejects(without.learn(2), 'cannot-learn');
  const other = new Life({ space: spaceOf({ fingerprint: 'f2', version: 'v2' }) });
  assert.equal((await other.service.channels()).channels[0]?.stale, true);
  assert.equal(await other.answers.knows(other.space!.metadata), false);
  const { revision } = await other.channels.state();
  await other.answers.knows(other.space!.metadata);
  assert.equal((await other.channels.state()).revision, revision, 'fitted once');
  await other.learn(1, 8, 'again');
  const [own] = (await other.service.channels()).channels;
  assert.deepEqual([own?.stale, own?.examples.length], [false, 8]);
});

test('the same channel of the trained model wins, and the learnt one waits behind it', async () => {
  const life = new Life({ space: spaceOf({ trained: true }) });
  await life.service.keep({ id: '', handle: 'RED', name: 'Mine' }, examplesOf(1, 8).map(({ example }) => example), 'a', NEVER);
  await life.learn(2);
  const { channels } = await life.service.channels();
  assert.deepEqual(channels.map(({ key, source }) => [key, source]), [['@red', 'both'], [idOf(2), 'learnt'], ['green', 'trained']]);
  const { scores } = await life.answer(1, 50, [0.1, 0.1], 0.8);
  assert.deepEqual(scores.map(({ name }) => name).toSorted(), [idOf(2), 'green', 'red']);
  await life.service.correct(thumbnailOf(videoOf(1, 50)), 'red', '');
  assert.deepEqual((await life.channels.state()).corrections[0]?.not, ['@red']);
  const red = (await life.answer(1, 50, [0.8, 0.1], 0.1)).scores.find(({ name }) => name === 'red');
  assert.equal(red?.probability, 0);
});

test('what a person said of a picture is so, for that picture and the same one elsewhere', async () => {
  const life = new Life();
  await Promise.all([life.learn(1), life.learn(2)]);
  await life.service.correct(thumbnailOf(videoOf(1, 50)), idOf(1), '');
  const not = await life.answer(1, 50);
  assert.deepEqual([not.known, not.said], [false, 'not']);
  assert.equal((await life.answer(1, 63)).said, 'not', 'the same place'); // 50 + 13: the pattern of pictures
  const change = await life.service.correct(thumbnailOf(videoOf(1, 50)), '', idOf(2));
  const is = await life.answer(1, 50);
  assert.deepEqual([is.known, is.said, is.channel.name, is.channel.probability], [true, 'is', idOf(2), 1]);
  assert.ok((await life.channels.state()).channels.get(idOf(2))?.examples.some(({ example }) => example === videoOf(1, 50)));
  await life.service.undo(change);
  assert.equal((await life.answer(1, 50)).said, 'not');
  await life.service.correct(thumbnailOf(videoOf(1, 50)), '', '');
  assert.deepEqual([(await life.answer(1, 50)).known, (await life.channels.state()).corrections], [true, []]);
});

test('three pictures that a channel is not move the model', async () => {
  const life = new Life();
  await life.learn(1);
  const before = (await life.answer(1, 20)).unknown!;
  for (const picture of [51, 52]) {
    await life.service.correct(thumbnailOf(videoOf(1, picture)), idOf(1), '');
  }
  assert.equal((await life.answer(1, 20)).unknown, before);
  await life.service.correct(thumbnailOf(videoOf(1, 57)), idOf(1), '');
  const after = (await life.answer(1, 20)).unknown!;
  assert.ok(after > 2 * before, `${before} became ${after}`);
  await life.service.forgetCorrections();
  assert.equal((await life.answer(1, 20)).unknown, before);
});

test('browsing adds only where it is wanted, each video once, and never an example', async () => {
  const life = new Life();
  await life.learn(1);
  const seen = (style: number, picture: number): Promise<void> =>
    life.service.seen(thumbnailOf(videoOf(style, picture)), channelOf(style));
  await seen(1, 50);
  assert.deepEqual((await life.service.channels()).browsing, { own: 0, others: 0 });
  life.settings = { ...life.settings, keepLearning: true };
  for (const [style, picture] of [[1, 50], [1, 50], [1, 2], [3, 1]] as const) {
    await seen(style, picture);
  }
  assert.deepEqual((await life.service.channels()).browsing, { own: 1, others: 1 });
  await life.service.seen(thumbnailOf(videoOf(1, 60)), { id: '', handle: '', name: channelOf(1).name });
  assert.deepEqual((await life.service.channels()).browsing, { own: 1, others: 1 }, 'anybody may have the name of a channel');
  const learnt = await new Life().service.channels();
  assert.deepEqual([learnt.browsing, learnt.channels[0]?.browsed], [{ own: 1, others: 1 }, 1]);
  const change = await life.service.forgetBrowsing();
  await seen(1, 50);
  await life.service.undo(change);
  assert.deepEqual((await life.service.channels()).browsing, { own: 2, others: 1 });
});

test('browsing makes the head anew only now and then', async () => {
  const life = new Life({ settings: { keepLearning: true } });
  await life.learn(1);
  const { head } = await life.channels.state();
  for (let picture = 100; picture < 115; picture++) {
    await life.service.seen(thumbnailOf(videoOf(1, picture)), channelOf(1));
  }
  assert.equal((await life.channels.state()).head, head);
  await life.service.seen(thumbnailOf(videoOf(1, 115)), channelOf(1));
  assert.notEqual((await life.channels.state()).head, head);
});

test('a file carries everything to another browser, and back it changes nothing', async () => {
  const life = new Life({ settings: { keepLearning: true, actions: { ...DEFAULT_SETTINGS.actions, channels: { [idOf(1)]: 'blur', red: 'hide' } } } });
  await Promise.all([life.learn(1), life.learn(2)]);
  await life.service.correct(thumbnailOf(videoOf(1, 50)), idOf(1), '');
  await life.service.seen(thumbnailOf(videoOf(2, 60)), channelOf(2));
  const text = await life.service.exportFile();
  const same = await life.service.importFile(text, true);
  assert.deepEqual([same.added, same.newer, same.conflicts, same.unchanged], [0, 0, 0, 2]);
  const answer = await life.answer(2, 70);

  globalThis.indexedDB = new IDBFactory();
  const other = new Life();
  const counted = await other.service.importFile(text, false);
  assert.deepEqual([counted.added, counted.change, (await other.channels.state()).channels.size], [2, '', 0]);
  const { change } = await other.service.importFile(text, true);
  assert.deepEqual(await other.answer(2, 70), answer);
  assert.equal((await other.answer(1, 50)).said, 'not');
  assert.deepEqual(other.settings.actions.channels, { [idOf(1)]: 'blur' });
  await other.service.undo(change);
  assert.deepEqual([(await other.channels.state()).channels.size, other.settings.actions.channels], [0, {}]);
});

test('a file of another space is kept to be learnt again', async () => {
  const life = new Life();
  await life.learn(1);
  const text = await life.service.exportFile();
  globalThis.indexedDB = new IDBFactory();
  const other = new Life({ space: spaceOf({ fingerprint: 'f2', version: 'v2' }) });
  const reply = await other.service.importFile(text, true);
  assert.deepEqual([reply.added, reply.stale], [1, 1]);
  assert.equal((await other.service.channels()).channels[0]?.stale, true);
  await rejects(other.service.importFile('{', false).catch((error: unknown) => {
    throw new ClassifyError((error as ClassifyError).reason);
  }), 'bad-file');
});

test('where the browser has no room, nothing is changed', async () => {
  const store: ChannelStore = { load: () => indexedDbChannels.load(), replace: () => Promise.reject(new ClassifyError('quota')) };
  await new Life().learn(1);
  const life = new Life({ store });
  const before = await life.channels.state();
  await rejects(life.learn(2), 'quota');
  await rejects(life.service.forget(idOf(1)), 'quota');
  assert.equal(await life.channels.state(), before);
});

test('two workers at once: what the other stored stays', async () => {
  const [one, two] = [new Life(), new Life()];
  await Promise.all([one.channels.state(), two.channels.state()]);
  await one.learn(1);
  await two.learn(2);
  await one.learn(3);
  const keys = [...(await new Life().channels.state()).channels.keys()];
  assert.deepEqual(keys.toSorted(), [idOf(1), idOf(2), idOf(3)]);
});

test('500 channels are the most', async () => {
  const life = new Life();
  await life.learn(1);
  const state = await life.channels.state();
  const [record] = state.channels.values();
  const others = Array.from({ length: 499 }, (_, i) => [`#${i}`, { ...record!, key: `#${i}`, id: '', handle: '', name: `${i}`, fingerprint: 'old' }] as const);
  const full: LearntState = { ...state, channels: new Map([...state.channels, ...others]) };
  const store: ChannelStore = { load: () => Promise.resolve(full), replace: () => Promise.resolve(true) };
  const last = new Life({ store });
  await rejects(last.learn(2), 'too-many');
  await last.learn(1, 12);
});

test('a database that cannot be read leaves the model alone', async () => {
  const warn = mock.method(console, 'warn', () => undefined);
  const store: ChannelStore = { load: () => Promise.reject(new Error('no database')), replace: () => Promise.resolve(false) };
  const life = new Life({ store, space: spaceOf({ trained: true }) });
  assert.equal((await life.answer(1, 1, [0.8, 0.1], 0.1)).channel.name, 'red');
  await assert.rejects(life.learn(1), /no database/);
  warn.mock.restore();
});
