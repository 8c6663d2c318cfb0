/** The page to try pictures, as far as it needs no browser: geometry, shapes, words, answers, and what is said without a model. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { holds, middleOf, middleQuad, moveCorner } from '../../../extension/src/try/quad.ts';
import { isShaped } from '../../../extension/src/try/photo.ts';
import { loadModel } from '../../../extension/src/try/brain.ts';
import { parseFound } from '../../../extension/src/try/server.ts';
import { speaker, TryError } from '../../../extension/src/try/texts.ts';
import { tinyModel } from '../support/tiny-model.ts';

const SIZE = { width: 400, height: 300 };
const { fetch } = globalThis;

afterEach(() => {
  globalThis.fetch = fetch;
});

test('corners that nobody placed are a thumbnail’s shape in the middle', () => {
  for (const size of [SIZE, { width: 300, height: 4000 }]) {
    const [[left, top], , [right, bottom]] = middleQuad(size);
    assert.ok(left > 0 && top > 0 && right < size.width && bottom < size.height);
    assert.ok(Math.abs(((right - left) / (bottom - top)) * 9 - 16) < 1e-9);
    assert.equal(left + right, size.width);
    assert.equal(top + bottom, size.height);
  }
});

test('a corner stays in the photo, and the others where they are', () => {
  const quad = middleQuad(SIZE);
  const moved = moveCorner(quad, 2, [999, -5], SIZE);
  assert.deepEqual(moved[2], [400, 0]);
  assert.deepEqual([moved[0], moved[1], moved[3]], [quad[0], quad[1], quad[3]]);
});

test('a tap is inside of corners or not', () => {
  const quad = middleQuad(SIZE);
  assert.ok(holds(quad, [200, 150]));
  assert.deepEqual(middleOf(quad), [200, 150]);
  for (const point of [[10, 150], [390, 150], [200, 10], [200, 290]] as const) {
    assert.ok(!holds(quad, point), point.join());
  }
});

test('what has a thumbnail’s shape: 16:9, and 4:3 with bars that are black', () => {
  const plain = (width: number, height: number, level: number) => ({ width, height, data: new Uint8Array(width * height * 4).fill(level) });
  assert.ok(isShaped(plain(320, 180, 200)));
  assert.ok(isShaped(plain(168, 94, 200)), 'rounded to whole pixels');
  assert.ok(isShaped(plain(480, 360, 10)));
  for (const [width, height] of [[480, 360], [300, 400], [200, 200], [390, 180]] as const) {
    assert.ok(!isShaped(plain(width, height, 200)), `${width}x${height}`);
  }
});

test('values come into their places, in the language of the browser', () => {
  assert.equal(speaker('en')('large_file', ['a.jpg', '$1', '64 MB']), 'a.jpg is too large ($1): choose one of at most 64 MB.');
  assert.equal(speaker('fr')('next', ['1', '3']), 'Une autre (1 sur 3)');
});

test('what the server found is read in pixels of the picture that was sent', () => {
  const quad = [[10, 10], [50, 12], [48, 40], [9, 38]];
  const answer = { size: [200, 150], found: [{ quad, score: 0.8 }] };
  const twice = quad.map(([x = 0, y = 0]) => [2 * x, 2 * y]);
  assert.deepEqual(parseFound(answer, SIZE), [{ quad: twice, score: 0.8 }]);
  assert.deepEqual(parseFound({ size: [200, 150], found: [] }, SIZE), []);
  const crossed = [quad[0], quad[2], quad[1], quad[3]];
  for (const found of [null, [null], [{ quad }], [{ quad: quad.slice(1), score: 1 }], [{ quad: crossed, score: 1 }], [{ quad: [[1, NaN], ...quad.slice(1)], score: 1 }]]) {
    assert.throws(() => parseFound({ size: [200, 150], found }, SIZE), (error) => error instanceof TryError && error.key === 'no_finder');
  }
  assert.throws(() => parseFound({ found: [] }, SIZE), TryError);
  assert.throws(() => parseFound(null, SIZE), TryError);
});

/** Answers as the server does with these files. */
function serveModel(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, status = 404): void {
  globalThis.fetch = (address) => {
    const file = files.get((address as string).replace('model/', ''));
    return Promise.resolve(file === undefined ? new Response('{}', { status }) : new Response(file));
  };
}

function withMetadata(change: (metadata: Record<string, unknown>) => void): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map([...tinyModel()].map(([name, bytes]) => [name, new Uint8Array(bytes)]));
  const metadata = JSON.parse(new TextDecoder().decode(files.get('metadata.json'))) as Record<string, unknown>;
  change(metadata);
  files.set('metadata.json', new TextEncoder().encode(JSON.stringify(metadata)));
  return files;
}

for (const [what, key, serve] of [
  ['no model', 'no_model', () => serveModel(new Map())],
  ['no way in', 'no_entry', () => serveModel(new Map(), 403)],
  ['no server', 'no_server', () => (globalThis.fetch = () => Promise.reject(new TypeError('no network')))],
  ['a newer model', 'new_model', () => serveModel(withMetadata((metadata) => (metadata['schema'] = 99)))],
  ['an older model', 'bad_model', () => serveModel(withMetadata((metadata) => (metadata['schema'] = 1)))],
  ['a damaged model', 'bad_model', () => serveModel(withMetadata((metadata) => (metadata['channels'] = [])))],
] as const) {
  test(`${what} is said in so many words`, async () => {
    serve();
    await assert.rejects(loadModel(), (error) => error instanceof TryError && error.key === key);
  });
}
