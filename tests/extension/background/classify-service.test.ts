/** The way from a picture to a reply, with the network, the decoder and the model played by the test. */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { ClassifyService, type Dependencies } from '../../../extension/src/background/classify-service.ts';
import { NOTHING_SAID } from '../../../extension/src/model/join.ts';
import { toResult } from '../../../extension/src/model/result.ts';
import { ScoreCache } from '../../../extension/src/background/score-cache.ts';
import type { Classifier } from '../../../extension/src/model/classifier.ts';
import { ClassifyError, type ClassifyReply, isClassifyReply } from '../../../extension/src/shared/messages.ts';
import { type Metadata, parseMetadata } from '../../../extension/src/model/metadata.ts';
import type { Picture } from '../../../extension/src/model/pixels.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../extension/src/shared/settings.ts';
import { memorySlot, until } from '../support/memory-slot.ts';
import { metadataJson } from '../support/tiny-model.ts';

const ADDRESS = 'https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg';
const OTHER = 'https://cdn.example/picture.png';
const NEVER = new AbortController().signal;
const SCORES = { probabilities: [0.1, 0.7, 0.2], unknown: null };

function thumbnail(id: number): string {
  return ADDRESS.replace('dQw4w9WgXcQ', String(id).padStart(11, '0'));
}

function picture(width: number, height: number, colour: readonly number[]): Picture {
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => colour[i % 4] ?? 255);
  return { width, height, data };
}

const log: string[] = [];
let errors: ReturnType<typeof mock.method>;

beforeEach((context) => {
  log.length = 0;
  errors = ('mock' in context ? context.mock : mock).method(console, 'error', () => undefined);
});

/** A model that notes what it is asked. */
function modelOf(metadata: Metadata): Dependencies['models'] {
  const classifier: Pick<Classifier, 'classify' | 'metadata'> = {
    metadata,
    classify: (pixels) => {
      log.push(`classify ${pixels.length} bytes of ${pixels[0] ?? ''}`);
      return Promise.resolve(metadata.unknown === null ? SCORES : { probabilities: [0.3, 0.1], unknown: 0.6 });
    },
  };
  return { metadata: () => Promise.resolve(metadata), use: (task) => task(classifier as Classifier, 'packaged') };
}

function service(changes: Partial<Dependencies> & { chosen?: Partial<Settings> } = {}): ClassifyService {
  return new ClassifyService({
    models: modelOf(parseMetadata(metadataJson())),
    cache: new ScoreCache(memorySlot()),
    learnt: { knows: () => Promise.resolve(true), beside: () => Promise.resolve({ learnt: null, said: NOTHING_SAID }) },
    settings: () => Promise.resolve({ ...DEFAULT_SETTINGS, ...changes.chosen }),
    checkAllowed: () => Promise.resolve(),
    fetchPicture: ({ url }) => {
      log.push(`fetch ${url}`);
      return Promise.resolve(new Blob());
    },
    decode: () => Promise.resolve(picture(32, 18, [9, 80, 80])),
    ...changes,
  });
}

/** Fetches that end when the test says so, or with their signal. */
function heldFetches(): { fetchPicture: Dependencies['fetchPicture']; end: (url: string) => void; running: () => string[]; aborted: string[] } {
  const held = new Map<string, () => void>();
  const aborted: string[] = [];
  return {
    fetchPicture: ({ url }, signal) =>
      new Promise((resolve, reject) => {
        log.push(`fetch ${url}`);
        held.set(url, () => resolve(new Blob()));
        signal.addEventListener('abort', () => {
          aborted.push(url);
          held.delete(url);
          reject(new ClassifyError('cancelled'));
        });
      }),
    end: (url) => {
      held.get(url)?.();
      held.delete(url);
    },
    running: () => [...held.keys()],
    aborted,
  };
}

function fetches(): string[] {
  return log.filter((line) => line.startsWith('fetch')).map((line) => line.slice('fetch '.length));
}

function reasonOf(reply: ClassifyReply): string | null {
  return reply.ok ? null : reply.reason;
}

test('fetches, scales and classifies; the most probable channel comes first', async () => {
  const reply = await service().classify(ADDRESS, NEVER);
  const [red, green, blue] = [
    { name: 'red', displayName: 'RED', handle: '@red', probability: 0.1 },
    { name: 'green', displayName: 'GREEN', handle: '@green', probability: 0.7 },
    { name: 'blue', displayName: 'BLUE', handle: '@blue', probability: 0.2 },
  ];
  assert.deepEqual(reply, { ok: true, known: true, certain: false, confident: false, channel: green, scores: [green, blue, red], unknown: null, threshold: null });
  assert.ok(isClassifyReply(reply));
  assert.deepEqual(log, [`fetch ${ADDRESS}`, 'classify 18 bytes of 9']);
});

test('joins requests for one picture, however it is spelled', async () => {
  const all = service();
  const spelled = [ADDRESS, ADDRESS.replace('https:', ''), `${ADDRESS}#x`];
  const replies = await Promise.all(spelled.map((address) => all.classify(address, NEVER)));
  assert.ok(replies.every(({ ok }) => ok));
  assert.equal(log.length, 2);
});

test('remembers a picture, whatever its size, but not a still for the whole', async () => {
  const all = service();
  const first = await all.classify(ADDRESS, NEVER);
  assert.deepEqual(await all.classify(ADDRESS.replace('hqdefault', 'maxresdefault'), NEVER), first);
  assert.equal(log.length, 2);
  await all.classify(ADDRESS.replace('hqdefault', 'hq2'), NEVER);
  assert.equal(fetches().length, 2);
});

test('remembers nothing of a failure', async () => {
  let attempts = 0;
  const fetchPicture = (): Promise<Blob> =>
    attempts++ === 0 ? Promise.reject(new ClassifyError('http', '404')) : Promise.resolve(new Blob());
  const all = service({ fetchPicture });
  assert.deepEqual(await all.classify(ADDRESS, NEVER), { ok: false, reason: 'http', detail: '404' });
  assert.equal(errors.mock.callCount(), 1);
  assert.equal((await all.classify(ADDRESS, NEVER)).ok, true);
});

test('an answer that was remembered needs no model', async () => {
  const cache = new ScoreCache(memorySlot());
  await service({ cache }).classify(ADDRESS, NEVER);
  const models = { ...modelOf(parseMetadata(metadataJson())), use: () => Promise.reject(new Error('not loaded')) };
  assert.equal((await service({ cache, models }).classify(ADDRESS, NEVER)).ok, true);
});

test('what another model said does not count', async () => {
  const cache = new ScoreCache(memorySlot());
  await service({ cache }).classify(ADDRESS, NEVER);
  await service({ cache, models: modelOf(parseMetadata({ ...metadataJson(), version: 'other' })) }).classify(ADDRESS, NEVER);
  assert.equal(log.filter((line) => line.startsWith('classify')).length, 2);
});

test('begins again where another model came meanwhile', async () => {
  const [old, fresh] = [metadataJson(), { ...metadataJson(), version: 'fresh', input: { ...(metadataJson()['input'] as object), width: 4 } }].map(parseMetadata);
  assert.ok(old !== undefined && fresh !== undefined);
  let asked = 0;
  const models = { ...modelOf(fresh), metadata: () => Promise.resolve(asked++ === 0 ? old : fresh) };
  const cache = new ScoreCache(memorySlot());
  assert.equal((await service({ cache, models }).classify(ADDRESS, NEVER)).ok, true);
  assert.equal(log.at(-1), 'classify 24 bytes of 9');
  assert.equal(await cache.get(`${old.version}:dQw4w9WgXcQ:main`, 3), null);
  assert.deepEqual(await cache.get('fresh:dQw4w9WgXcQ:main', 3), SCORES);
});

test('a change of strictness applies at once to what is remembered', async () => {
  let knownRecall: number | null = null;
  const all = service({
    models: modelOf(parseMetadata({ ...metadataJson(true), unknown: { ...UNKNOWN, threshold: 0.7 } })),
    settings: () => Promise.resolve({ ...DEFAULT_SETTINGS, knownRecall }),
  });
  const known = async (): Promise<[boolean, number | null]> => {
    const reply = await all.classify(ADDRESS, NEVER);
    assert.ok(reply.ok);
    return [reply.known, reply.threshold];
  };
  assert.deepEqual(await known(), [true, 0.7]);
  knownRecall = 0.4;
  assert.deepEqual(await known(), [false, 0.1]);
  assert.equal(fetches().length, 1);
});

const UNKNOWN = metadataJson(true)['unknown'] as Record<string, unknown>;

test('fetches two at a time, and of those that wait the newest', async () => {
  const { fetchPicture, end, running } = heldFetches();
  const all = service({ fetchPicture });
  const replies = [1, 2].map((id) => all.classify(thumbnail(id), NEVER));
  await until(() => running().length === 2);
  replies.push(...[3, 4].map((id) => all.classify(thumbnail(id), NEVER)));
  end(thumbnail(1));
  await until(() => fetches().length === 3);
  end(thumbnail(2));
  await until(() => fetches().length === 4);
  assert.deepEqual(fetches(), [2, 1, 4, 3].map(thumbnail)); // also of the two that came at once
  [3, 4].forEach((id) => end(thumbnail(id)));
  assert.ok((await Promise.all(replies)).every(({ ok }) => ok));
});

test('asking again for a picture that waits makes it the next', async () => {
  const { fetchPicture, end, running } = heldFetches();
  const all = service({ fetchPicture });
  const replies = [1, 2].map((id) => all.classify(thumbnail(id), NEVER));
  await until(() => running().length === 2);
  replies.push(...[3, 4, 3].map((id) => all.classify(thumbnail(id), NEVER)));
  for (const id of [1, 2, 3, 4]) {
    await until(() => running().includes(thumbnail(id)));
    end(thumbnail(id));
  }
  await Promise.all(replies);
  assert.deepEqual(fetches(), [2, 1, 3, 4].map(thumbnail));
});

/** Until everything that is ready has gone on. */
function settle(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

test('who points at a thumbnail waits for none of the forty that nobody points at', async () => {
  const held = heldFetches();
  const all = service({ fetchPicture: held.fetchPicture });
  const url = (name: string): string => `https://i.ytimg.com/vi/${name.padEnd(11, '_')}/hqdefault.jpg`;
  const glances = Array.from({ length: 40 }, (_, index) => all.glance(url(`g${index}`), NEVER));
  await settle();
  const few = held.running().length;
  assert.ok(few >= 2 && few <= 6, String(few));
  const pointed = all.classify(url('pointed'), NEVER);
  const waits = all.glance(url('late'), NEVER);
  await settle();
  assert.equal(held.running().at(-1), url('pointed'), 'it is fetched at once, and what was asked after it is not');
  const joined = all.classify(url('g5'), NEVER);
  await settle();
  held.end(held.running()[0]!);
  await settle();
  assert.ok(held.running().includes(url('g5')), 'and one that waits is next as soon as somebody points at it');
  held.end(url('pointed'));
  assert.ok((await pointed).ok);
  for (let count = 0; count < 60; count++) {
    held.running().forEach(held.end);
    await settle();
  }
  assert.deepEqual((await Promise.all([...glances, waits, joined])).map(reasonOf).filter(Boolean), []);
});

test('what was read ahead is not read again, once', async () => {
  const all = service();
  await all.prefetch(ADDRESS, NEVER);
  assert.deepEqual(log, [`fetch ${ADDRESS}`]);
  assert.equal((await all.classify(ADDRESS, NEVER)).ok, true);
  assert.deepEqual(log.slice(0, 2), [`fetch ${ADDRESS}`, 'classify 18 bytes of 9']);
  assert.equal(fetches().length, 1);
  await all.prefetch(ADDRESS, NEVER); // it is known by now
  assert.equal(fetches().length, 1);
});

test('what is being read ahead is waited for', async () => {
  const { fetchPicture, end, running } = heldFetches();
  const all = service({ fetchPicture });
  const prepared = all.prefetch(ADDRESS, NEVER);
  await until(() => running().length === 1);
  const reply = all.classify(ADDRESS, NEVER);
  end(ADDRESS);
  assert.equal((await reply).ok, true);
  await prepared;
  assert.equal(fetches().length, 1);
});

test('reading ahead that is taken back ends its fetch, and whoever asks has the picture read', async () => {
  const { fetchPicture, end, running, aborted } = heldFetches();
  const all = service({ fetchPicture });
  const abort = new AbortController();
  const prepared = all.prefetch(ADDRESS, abort.signal);
  await until(() => running().length === 1);
  const reply = all.classify(ADDRESS, NEVER);
  await new Promise((done) => setImmediate(done));
  abort.abort(new ClassifyError('cancelled'));
  await prepared;
  assert.deepEqual(aborted, [ADDRESS]);
  await until(() => fetches().length === 2);
  end(ADDRESS);
  assert.equal((await reply).ok, true);
});

test('what went wrong while reading ahead is told to who asks, without another try', async () => {
  const fetchPicture: Dependencies['fetchPicture'] = ({ url }) => {
    log.push(`fetch ${url}`);
    return Promise.reject(new ClassifyError('http', '404'));
  };
  const all = service({ fetchPicture });
  await all.prefetch(ADDRESS, NEVER);
  assert.equal(errors.mock.callCount(), 0);
  assert.deepEqual(await all.classify(ADDRESS, NEVER), { ok: false, reason: 'http', detail: '404' });
  assert.equal(fetches().length, 1);
});

test('what was read ahead long ago is read again, and so is another picture', async (context) => {
  const all = service();
  const now = performance.now();
  const clock = context.mock.method(performance, 'now', () => now);
  await all.prefetch(ADDRESS, NEVER);
  await all.classify(thumbnail(7), NEVER);
  assert.deepEqual(fetches(), [ADDRESS, thumbnail(7)]);
  clock.mock.mockImplementation(() => now + 2001);
  await all.classify(ADDRESS, NEVER);
  assert.deepEqual(fetches(), [ADDRESS, thumbnail(7), ADDRESS]);
});

test('nothing is read ahead that may not be read', async () => {
  const all = service();
  await all.prefetch(OTHER, NEVER);
  await all.prefetch('https://i.ytimg.com.evil.example/vi/dQw4w9WgXcQ/hqdefault.jpg', NEVER);
  assert.deepEqual(log, []);
});

test('a cancelled request ends at once, and its fetch with it', async () => {
  const { fetchPicture, running, aborted } = heldFetches();
  const all = service({ fetchPicture });
  const [early, late] = [new AbortController(), new AbortController()];
  const first = all.classify(ADDRESS, early.signal);
  const second = all.classify(ADDRESS, late.signal);
  await until(() => running().length === 1);
  early.abort(new ClassifyError('cancelled'));
  assert.deepEqual(await first, { ok: false, reason: 'cancelled' });
  assert.deepEqual(aborted, []);
  late.abort(new ClassifyError('cancelled'));
  assert.deepEqual(await second, { ok: false, reason: 'cancelled' });
  assert.deepEqual(aborted, [ADDRESS]);
  assert.equal(errors.mock.callCount(), 0);
});

test('a cancelled request leaves the line before the model', async () => {
  const metadata = parseMetadata(metadataJson());
  const ends: (() => void)[] = [];
  const models = {
    ...modelOf(metadata),
    use: ((task) =>
      task({ metadata, classify: () => new Promise((end) => ends.push(() => end(SCORES))) } as unknown as Classifier, 'packaged')) as Dependencies['models']['use'],
  };
  const all = service({ models });
  const first = all.classify(thumbnail(1), NEVER);
  await until(() => ends.length === 1);
  const abort = new AbortController();
  const second = all.classify(thumbnail(2), abort.signal);
  await until(() => fetches().length === 2);
  abort.abort(new ClassifyError('cancelled'));
  assert.equal(reasonOf(await second), 'cancelled');
  ends[0]?.();
  assert.equal((await first).ok, true);
  const third = all.classify(thumbnail(3), NEVER);
  await until(() => ends.length === 2);
  ends[1]?.();
  assert.equal((await third).ok, true);
});

test('of a flood, the oldest end as cancelled', async () => {
  const { fetchPicture, end, running } = heldFetches();
  const all = service({ fetchPicture });
  const replies = [1, 2].map((id) => all.classify(thumbnail(id), NEVER));
  await until(() => running().length === 2);
  replies.push(...Array.from({ length: 60 }, (_, i) => all.classify(thumbnail(3 + i), NEVER)));
  const reasons = replies.slice(2, 12).map(async (reply) => reasonOf(await reply));
  assert.deepEqual(await Promise.all(reasons), Array(10).fill('cancelled'));
  while (running().length > 0) {
    running().forEach(end);
    await new Promise((done) => setImmediate(done));
  }
  assert.equal((await Promise.all(replies)).filter(({ ok }) => ok).length, 52);
});

test('fetches nothing that is not a thumbnail, unless any picture is wished for', async () => {
  assert.deepEqual(await service().classify(OTHER, NEVER), { ok: false, reason: 'not-a-thumbnail', detail: OTHER });
  assert.deepEqual(log, []);
  assert.equal((await service({ chosen: { anyPicture: true } }).classify(OTHER, NEVER)).ok, true);
  assert.deepEqual(fetches(), [OTHER]);
});

test('asks first whether pictures of a host may be read', async () => {
  const checkAllowed = (): Promise<void> => Promise.reject(new ClassifyError('not-allowed', 'cdn.example'));
  const all = service({ chosen: { anyPicture: true }, checkAllowed });
  assert.deepEqual(await all.classify(OTHER, NEVER), { ok: false, reason: 'not-allowed', detail: 'cdn.example' });
  assert.equal((await all.classify(ADDRESS, NEVER)).ok, true);
  assert.deepEqual(fetches(), [ADDRESS]);
  assert.equal(errors.mock.callCount(), 0);
});

test('replies with the text of an error that nobody expected', async () => {
  const decode = (): Promise<Picture> => Promise.reject(new RangeError('out of memory'));
  const reply = await service({ decode }).classify(ADDRESS, NEVER);
  assert.deepEqual(reply, { ok: false, reason: 'internal', detail: 'out of memory' });
  assert.equal(errors.mock.callCount(), 1);
});

test('a file goes the same way, and is not remembered', async () => {
  const all = service();
  const data = `data:image/png;base64,${Buffer.from('picture').toString('base64')}`;
  assert.equal((await all.classifyFile('mine.png', data)).ok, true);
  assert.equal((await all.classifyFile('mine.png', data)).ok, true);
  assert.deepEqual(log, ['classify 18 bytes of 9', 'classify 18 bytes of 9']);
  assert.equal(reasonOf(await all.classifyFile('mine.txt', 'data:text/plain,hello')), 'not-an-image');
});

const GREY = [120, 125, 128];
const STAND_INS: [string, string, Picture, boolean][] = [
  ['grey and 120x90', 'hqdefault', picture(120, 90, GREY), true],
  ['colourful', 'hqdefault', picture(120, 90, [200, 20, 20]), false],
  ['of another size', 'hqdefault', picture(120, 68, GREY), false],
  ['asked for that small', 'default', picture(120, 90, GREY), false],
];

for (const [what, variant, decoded, placeholder] of STAND_INS) {
  test(`a picture ${what} is ${placeholder ? 'the' : 'not the'} placeholder`, async () => {
    const all = service({ decode: () => Promise.resolve(decoded) });
    const reply = await all.classify(ADDRESS.replace('hqdefault', variant), NEVER);
    assert.equal(reasonOf(reply), placeholder ? 'placeholder' : null);
  });
}

test('only above its threshold, the unknown makes a picture unknown', () => {
  const metadata = parseMetadata(metadataJson(true));
  for (const [unknown, known] of [
    [0.49, true],
    [0.5, true],
    [0.51, false],
  ] as const) {
    const result = toResult({ probabilities: [0.3, 0.1], unknown }, metadata, null);
    assert.equal(result.known, known);
    assert.equal(result.channel.name, 'red');
    assert.equal(result.unknown, unknown);
    assert.equal(result.threshold, 0.5);
  }
});

test('a look-alike is certain below both thresholds, whichever is the stricter', () => {
  const certain = (unknown: number, lookalike: number | null | undefined, knownRecall: number | null = null): boolean => {
    const metadata = parseMetadata({ ...metadataJson(true), unknown: { ...UNKNOWN, lookalike_threshold: lookalike } });
    return toResult({ probabilities: [0.9, 0.05], unknown }, metadata, knownRecall).certain;
  };
  assert.equal(certain(0.3, 0.3), true);
  assert.equal(certain(0.31, 0.3), false, 'known, and no more');
  assert.equal(certain(0.51, 0.6), false, 'what is unknown is no look-alike');
  assert.equal(certain(0.1, 0.3, 0.5), true);
  assert.equal(certain(0.11, 0.3, 0.5), false, 'a stricter choice of the person wins: 0.1');
  assert.equal(certain(0, null), false, 'no such threshold');
  assert.equal(certain(0, undefined), false, 'a model of an earlier Thumbprint');
});

test('a model that knows no "none of these" is never certain', () => {
  assert.equal(toResult({ probabilities: [0.9, 0.05, 0.05], unknown: null }, parseMetadata(metadataJson()), null).certain, false);
});
