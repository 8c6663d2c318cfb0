/** The way from an address to a reply, with the network, the decoder and the model played by the test. */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { createAnswer, toResult, type Tools } from '../../extension/src/background/answer.ts';
import { ClassifyError, isClassifyReply } from '../../extension/src/shared/messages.ts';
import { parseMetadata } from '../../extension/src/shared/metadata.ts';
import type { Picture } from '../../extension/src/shared/pixels.ts';
import { metadataJson } from './tiny-model.ts';

const URL_OF = 'https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg';
const PROBABILITIES = [0.1, 0.7, 0.2];

function picture(width: number, height: number, colour: [number, number, number]): Picture {
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => colour[i % 4] ?? 255);
  return { width, height, data };
}

const log: string[] = [];
let errors: ReturnType<typeof mock.method>;

beforeEach((context) => {
  log.length = 0;
  errors = ('mock' in context ? context.mock : mock).method(console, 'error', () => undefined);
});

function tools(changes: Partial<Tools> = {}): Tools {
  return {
    ready: () =>
      Promise.resolve({
        metadata: parseMetadata(metadataJson()),
        classify: (pixels) => {
          log.push(`classify ${pixels.length} bytes of ${pixels[0] ?? ''}`);
          return Promise.resolve({ probabilities: PROBABILITIES, unknown: null });
        },
      }),
    fetchThumbnail: (url) => {
      log.push(`fetch ${url}`);
      return Promise.resolve(new Blob());
    },
    decode: () => Promise.resolve(picture(32, 18, [9, 80, 80])),
    ...changes,
  };
}

test('fetches, scales and classifies', async () => {
  const reply = await createAnswer(tools())(URL_OF);
  assert.deepEqual(reply, {
    ok: true,
    known: true,
    channel: { name: 'green', displayName: 'GREEN' },
    probability: 0.7,
    probabilities: PROBABILITIES,
    unknown: null,
  });
  assert.ok(isClassifyReply(reply));
  assert.deepEqual(log, [`fetch ${URL_OF}`, 'classify 18 bytes of 9']);
});

test('joins requests for one picture, however it is spelled', async () => {
  const answer = createAnswer(tools());
  const replies = await Promise.all([answer(URL_OF), answer(URL_OF.replace('https:', '')), answer(`${URL_OF}#x`)]);
  assert.equal(new Set(replies).size, 1);
  assert.equal(log.filter((line) => line.startsWith('fetch')).length, 1);
  await answer(URL_OF);
  assert.equal(log.filter((line) => line.startsWith('fetch')).length, 2);
});

test('fetches nothing that is not a thumbnail', async () => {
  const reply = await createAnswer(tools())('https://example.org/vi/dQw4w9WgXcQ/hqdefault.jpg');
  assert.deepEqual({ ...reply, detail: '' }, { ok: false, reason: 'not-a-thumbnail', detail: '' });
  assert.deepEqual(log, []);
});

test('replies with the reason of a failure and logs it', async () => {
  const fetchThumbnail = (): Promise<Blob> => Promise.reject(new ClassifyError('http', '404'));
  const reply = await createAnswer(tools({ fetchThumbnail }))(URL_OF);
  assert.deepEqual(reply, { ok: false, reason: 'http', detail: '404' });
  assert.equal(errors.mock.callCount(), 1);
});

test('replies with the text of an error that nobody expected', async () => {
  const decode = (): Promise<Picture> => Promise.reject(new RangeError('out of memory'));
  const reply = await createAnswer(tools({ decode }))(URL_OF);
  assert.deepEqual(reply, { ok: false, reason: 'internal', detail: 'out of memory' });
});

test('asks for the model again after it was missing', async () => {
  let attempts = 0;
  const { ready } = tools();
  const answer = createAnswer(
    tools({ ready: () => (attempts++ === 0 ? Promise.reject(new ClassifyError('model-missing')) : ready()) }),
  );
  assert.deepEqual(await answer(URL_OF), { ok: false, reason: 'model-missing' });
  assert.equal((await answer(URL_OF)).ok, true);
});

const GREY: [number, number, number] = [120, 125, 128];
const STAND_INS: [string, string, Picture, boolean][] = [
  ['grey and 120x90', 'hqdefault', picture(120, 90, GREY), true],
  ['colourful', 'hqdefault', picture(120, 90, [200, 20, 20]), false],
  ['of another size', 'hqdefault', picture(120, 68, GREY), false],
  ['asked for that small', 'default', picture(120, 90, GREY), false],
];

for (const [what, variant, decoded, placeholder] of STAND_INS) {
  test(`a picture ${what} is ${placeholder ? 'the' : 'not the'} placeholder`, async () => {
    const answer = createAnswer(tools({ decode: () => Promise.resolve(decoded) }));
    const reply = await answer(URL_OF.replace('hqdefault', variant));
    assert.deepEqual(reply.ok ? null : reply.reason, placeholder ? 'placeholder' : null);
  });
}

test('only above its threshold, the unknown makes a picture unknown', () => {
  const metadata = parseMetadata(metadataJson(true));
  for (const [unknown, known] of [
    [0.49, true],
    [0.5, true],
    [0.51, false],
  ] as const) {
    const result = toResult({ probabilities: [0.3, 0.1], unknown }, metadata);
    assert.equal(result.known, known);
    assert.equal(result.channel.name, 'red');
    assert.equal(result.unknown, unknown);
  }
});
