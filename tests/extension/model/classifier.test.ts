/** The classifier on the real WebAssembly backend, with a model small enough to know its answers. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { memory } from '@tensorflow/tfjs-core';

import { Classifier } from '../../../extension/src/model/classifier.ts';
import { gradcam } from '../../../extension/src/model/gradcam.ts';
import type { Picture } from '../../../extension/src/model/pixels.ts';
import { ClassifyError, type Reason } from '../../../extension/src/shared/messages.ts';
import { describe, type Files, heatJson, INPUT, metadataJson, plain, sourceOf, tinyModel, toBytes, type TinyOptions } from '../support/tiny-model.ts';

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

/** Six pixels, of which the fourth has most red, and all have the same green and blue. */
const REDS = [10, 20, 30, 250, 40, 50];
const PICTURE: Picture = { ...INPUT, data: Uint8Array.from(REDS.flatMap((red) => [red, 7, 9, 255])) };

test('says which parts of a picture speak for a channel', () =>
  withModel({ heat: true }, async (classifier) => {
    await classifier.warmUp();
    const { numTensors } = memory();
    const explained = classifier.explain(PICTURE, { channel: 0 });
    assert.ok(explained);
    assert.deepEqual([explained.grid.height, explained.grid.width, explained.box], [2, 3, { left: 0, top: 0, right: 3, bottom: 2 }]);
    assert.deepEqual([explained.cells.length, explained.cells[3]], [6, 1]);
    const mean = REDS.reduce((a, b) => a + b) / 6;
    const features = Float32Array.from({ length: 6 }, (_, i) => [mean, 7, 9][i % 3]!);
    const activation = Float32Array.from(REDS.flatMap((value) => [value, 7, 9]));
    const gradient = Float64Array.from({ length: 6 }, (_, i) => Number(i * 3 % 4 === 0));
    const tap = { activation, ...INPUT, channels: 3, typical: 0.5 };
    assertClose(Array.from(explained.cells), Array.from(gradcam([tap], features, gradient, INPUT)));
    assert.equal(memory().numTensors, numTensors, 'and keeps no tensors');
  }));

test('a model of an earlier Thumbprint cannot tell', () =>
  withModel({}, (classifier) => {
    assert.equal(classifier.explain(PICTURE, { channel: 0 }), null);
    return Promise.resolve();
  }));

test('a tap of another size than the description says is found out', async () => {
  const classifier = await load(heatWith({ taps: [{ ...TAP, width: 2 }] }));
  assert.throws(() => classifier.explain(PICTURE, { channel: 0 }), /tap_00 gave 18 numbers/);
  classifier.dispose();
});

test('a channel that was learnt elsewhere is not explained by a model without a prior', () =>
  withModel({ heat: true }, (classifier) => {
    assert.throws(() => classifier.explain(PICTURE, { kernel: Float64Array.of(1) }), /no prior of these features/);
    return Promise.resolve();
  }));

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

/** A model that can be explained, but for one field of `heat`. */
function heatWith(change: Record<string, unknown>): Files {
  const files = tinyModel({ heat: true });
  const { files: sums } = JSON.parse(Buffer.from(files.get('metadata.json') ?? []).toString()) as { files: unknown };
  return files.set('metadata.json', toBytes({ ...metadataJson(), heat: { ...heatJson(), ...change }, files: sums }));
}

const TAP = (heatJson()['taps'] as object[])[0];

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
  ['a tap that is not there', heatWith({ taps: [{ ...TAP, output: 'tap_01' }] }), 'model-broken', /no tap_01/],
  ['a head that is not there', heatWith({ head: { kernel: 'core', bias: 'bias' } }), 'model-broken', /heat: the weight core/],
  ['a bias of another shape', heatWith({ head: { kernel: 'kernel', bias: 'two' } }), 'model-broken', /heat: the weight two is not of the shape \[3\]/],
  ['more taps than features', heatWith({ taps: [TAP, TAP] }), 'model-broken', /heat: the weight kernel is of the shape \[6, 3\]/],
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
