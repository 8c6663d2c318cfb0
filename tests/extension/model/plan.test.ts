/** A plan answers what the operations that it was written from answer, of any values, and keeps nothing. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';

import {
  add,
  avgPool,
  concat,
  dispose,
  engine,
  fused,
  matMul,
  mul,
  randomUniform,
  type Rank,
  reshape,
  softmax,
  sub,
  type Tensor,
  tensor,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';

import { Classifier } from '../../../extension/src/model/classifier.ts';
import { Plan } from '../../../extension/src/model/plan.ts';
import { sourceOf, tinyModel } from '../support/tiny-model.ts';

const WASM = join(import.meta.dirname, '../../../extension/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
const SHAPE: [number, number, number, number] = [1, 4, 6, 3];
const SIZE = 4 * 6 * 3;

before(async () => (await Classifier.load(sourceOf(tinyModel()), WASM)).dispose());

interface Weights {
  readonly filter: Tensor4D;
  readonly bias: Tensor;
  readonly kernel: Tensor;
}

/** What a network of ours is made of: a value that is read late, lists, other names of weights and of values. */
function network(weights: Weights): (input: Tensor) => Tensor[] {
  return (input) => {
    const x = reshape<Rank.R4>(sub<Tensor>(input, 127.5), SHAPE);
    const { filter, bias } = weights;
    const y = fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu6' });
    const mean = avgPool(y, [4, 6], 1, 'valid');
    const spread = avgPool(mul<Tensor4D>(sub(y, mean), sub(y, mean)), [4, 6], 1, 'valid');
    const features = reshape(concat([mean, spread, avgPool(x, [4, 6], 1, 'valid')], 3), [1, 13]);
    const logits = matMul(features as never, reshape(weights.kernel, [13, 2]) as never);
    return [softmax(logits), add(mean, 1), reshape(features, [13])];
  };
}

function values(seed: number): Float32Array {
  return Float32Array.from({ length: SIZE }, (_, i) => (i * seed * 7919) % 256);
}

async function withWeights<T>(act: (weights: Weights) => T | Promise<T>): Promise<T> {
  const weights = {
    filter: randomUniform<Rank.R4>([3, 3, 3, 5], -0.1, 0.1, 'float32', 1),
    bias: randomUniform([5], -1, 1, 'float32', 2),
    kernel: randomUniform([26], -1, 1, 'float32', 3),
  };
  try {
    return await act(weights);
  } finally {
    dispose(Object.values(weights));
  }
}

/** Writes a plan from a run on black, as the first picture of an extension may be any. */
function write(run: (input: Tensor) => Tensor[]): Plan {
  const input = zeros(SHAPE);
  let outputs: Tensor[] = [];
  try {
    return new Plan(input, (given) => (outputs = tidy(() => run(given))));
  } finally {
    dispose([input, ...outputs]);
  }
}

test('gives the very numbers that the operations give, of every picture', (t) =>
  withWeights((weights) => {
    const plan = write(network(weights));
    t.after(() => plan.dispose());
    for (const seed of [1, 2, 3]) {
      const expected = tidy(() =>
        network(weights)(tensor(values(seed), SHAPE)).map((output) => Array.from(output.dataSync())),
      );
      const outputs = plan.run(values(seed)).map((output) => Array.from(output));
      assert.deepEqual(outputs, expected);
      assert.ok(new Set(outputs[2]).size > 6, 'the features are all alike: the comparison says nothing');
    }
  }));

test('keeps no data between two runs, nor more memory', () =>
  withWeights((weights) => {
    const plan = write(network(weights));
    plan.run(values(1));
    const before = engine().backend.numDataIds();
    for (let i = 0; i < 50; i++) {
      plan.run(values(i));
    }
    assert.equal(engine().backend.numDataIds(), before);
    plan.dispose();
  }));

test('leaves nothing behind that the engine counts, and nothing of the engine changed', () =>
  withWeights((weights) => {
    const { numTensors } = engine().memory();
    const plan = write(network(weights));
    plan.run(values(1));
    plan.dispose();
    assert.equal(engine().memory().numTensors, numTensors);
    assert.ok(!Object.hasOwn(engine(), 'runKernel'));
  }));

test('a network that fails while the plan is written fails alike, and the engine hears no more', () => {
  let calls = 0;
  assert.throws(
    () =>
      write((input) => {
        calls += 1;
        return [reshape(input, [7])];
      }),
    /Size\(72\) must match/,
  );
  assert.equal(calls, 1);
  assert.ok(!Object.hasOwn(engine(), 'runKernel'));
  assert.deepEqual(Array.from(tidy(() => add(tensor([1]), 1).dataSync())), [2]);
});

test('an output that does not depend on the picture is refused', () =>
  withWeights(({ bias }) => {
    assert.throws(() => write(() => [bias.clone()]), /an output of shape \[5\] does not depend on the input/);
  }));
