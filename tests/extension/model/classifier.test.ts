/** The classifier on the real WebAssembly backend, with a model small enough to know its answers. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { memory } from '@tensorflow/tfjs-core';

import { Classifier } from '../../../extension/src/model/classifier.ts';
import { ClassifyError, type Reason } from '../../../extension/src/shared/messages.ts';
import { describe, type Files, plain, sourceOf, tinyModel, toBytes, type TinyOptions } from '../support/tiny-model.ts';

const WASM = join(import.meta.dirname, '../../../extension/node_modules/@tensorflow/tfjs-backend-wasm/dist/');

function load(files: Files): Promise<Classifier> {
  return Classifier.load(sourceOf(files), WASM);
}

async function withModel(options: TinyOptions, use: (classifier: Classifier) => Promise<void>): Promise<void> {
  const classifier = await load(tinyModel(options));
  try {
    await use(classifier);
  } finally {
    classifier.dispose();
  }
}

/** The softmax of a tenth of each, as the model computes it. */
function softmax(...means: number[]): number[] {
  const powers = means.map((mean) => Math.exp(mean / 10));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 1e-5, `${value} is not ${expected[i] ?? 'there'}`);
  });
}

test('gives the probabilities in the order of the channels', () =>
  withModel({}, async (classifier) => {
    assert.equal(classifier.backend, 'wasm');
    const { probabilities, unknown } = await classifier.classify(plain(20, 10, 0));
    assertClose(probabilities, softmax(20, 10, 0));
    assert.equal(unknown, null);
  }));

test('finds the outputs by name, whatever their order', () =>
  withModel({ unknown: true }, async (classifier) => {
    const { probabilities, unknown } = await classifier.classify(plain(5, 10, 30));
    const [red = 0, green = 0, blue = 0] = softmax(5, 10, 30);
    assertClose(probabilities, [red, green]);
    assertClose([unknown ?? NaN], [blue]);
  }));

test('feeds integers to a model that wants integers', () =>
  withModel({ dtype: 'DT_INT32' }, async (classifier) => {
    const { probabilities } = await classifier.classify(plain(0, 0, 255));
    assertClose(probabilities, softmax(0, 0, 255));
  }));

test('keeps no tensors', () =>
  withModel({ unknown: true }, async (classifier) => {
    await classifier.warmUp();
    const { numTensors } = memory();
    for (let i = 0; i < 50; i++) {
      await classifier.classify(plain(i, 2 * i, 3 * i));
    }
    assert.equal(memory().numTensors, numTensors);
  }));

test('dispose gives everything back', async () => {
  const { numTensors } = memory();
  await withModel({}, (classifier) => classifier.warmUp());
  assert.equal(memory().numTensors, numTensors);
});

/** A whole model in which one thing was changed, with checksums that fit unless `sums` is false. */
function damaged(change: (files: Files) => void, sums = true): Files {
  const files = tinyModel();
  change(files);
  return sums ? describe(files) : files;
}

function editModelJson(change: (json: Record<string, unknown>) => void): (files: Files) => void {
  return (files) => {
    const json = JSON.parse(Buffer.from(files.get('model.json') ?? []).toString()) as Record<string, unknown>;
    change(json);
    files.set('model.json', toBytes(json));
  };
}

function editText(from: string, to: string): (files: Files) => void {
  return (files) => {
    const text = Buffer.from(files.get('model.json') ?? []).toString();
    assert.ok(text.includes(from));
    files.set('model.json', Uint8Array.from(Buffer.from(text.replaceAll(from, to))));
  };
}

/** Two probabilities from the graph, three channels and no unknown in the description. */
function tooFew(): Files {
  return describe(tinyModel({ unknown: true }), false);
}

function fillMatrix(files: Files, value: number): void {
  const axes = 8; // bytes before the matrix
  const [first, second] = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
  const data = Buffer.concat([files.get(first) ?? Buffer.of(), files.get(second) ?? Buffer.of()]);
  Array.from({ length: 9 }, (_, i) => data.writeFloatLE(value, axes + 4 * i));
  files.set(first, Uint8Array.from(data.subarray(0, 7)));
  files.set(second, Uint8Array.from(data.subarray(7)));
}

const FAILURES: [string, Files, Reason, RegExp][] = [
  ['an empty folder', new Map(), 'model-missing', /^model-missing$/],
  ['a description that is not JSON', new Map([['metadata.json', new Uint8Array([123])]]), 'model-broken', /metadata\.json is not JSON/],
  ['another schema', new Map([['metadata.json', toBytes({ schema: 1 })]]), 'model-broken', /schema 1 is not 3/],
  ['a missing shard', damaged((files) => files.delete('group1-shard2of2.bin'), false), 'model-broken', /shard2of2\.bin is missing/],
  [
    'a cut shard',
    damaged((files) => files.set('group1-shard2of2.bin', new Uint8Array(3)), false),
    'model-broken',
    /shard2of2\.bin does not match its checksum/,
  ],
  ['a shard that nobody lists', damaged((files) => files.delete('group1-shard1of2.bin')), 'model-broken', /shard1of2\.bin is not listed/],
  ['a layers model', damaged(editModelJson((json) => delete json['weightsManifest'])), 'model-broken', /not a graph model/],
  ['no signature', damaged(editModelJson((json) => delete json['signature'])), 'model-broken', /no pixels/],
  ['an operation that does not exist', damaged(editText('"Softmax"', '"Nonsense"')), 'model-broken', /Nonsense/],
  ['another size', damaged(editText('{"size":"2"},{"size":"3"}', '{"size":"4"},{"size":"6"}')), 'model-broken', /shape/],
  ['an output that is not there', describe(tinyModel(), true), 'model-broken', /no unknown/],
  ['too few probabilities', tooFew(), 'model-broken', /Identity_1:0 gave \[.*, .*\]/],
  ['a matrix of NaN', damaged((files) => fillMatrix(files, NaN)), 'model-broken', /Identity_1:0 gave \[NaN/],
];

async function loadAndRun(files: Files): Promise<void> {
  const classifier = await load(files);
  await classifier.warmUp().finally(() => classifier.dispose());
}

for (const [what, files, reason, message] of FAILURES) {
  test(`refuses ${what}`, async () => {
    await assert.rejects(loadAndRun(files), (error) => {
      assert.ok(error instanceof ClassifyError, String(error));
      assert.equal(error.reason, reason);
      assert.match(error.message, message);
      return true;
    });
  });
}
