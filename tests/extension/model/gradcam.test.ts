/** Heat as Python computes it: one fixture, written by tests/python/explain/test_gradcam_fixture.py, holds both. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { gradcam, headGradient, learntGradient, type LinearHead, type Tap, typicalOf } from '../../../extension/src/model/gradcam.ts';

interface Explained {
  readonly target: number;
  readonly typical: readonly number[];
  readonly cells: readonly number[];
}

interface Fixture {
  readonly input: [number, number];
  readonly taps: readonly { shape: [number, number, number]; levels: string }[];
  readonly step: number;
  readonly features: readonly number[];
  readonly kernel: string;
  readonly photo_kernel: string;
  readonly gate_kernel: string;
  readonly bias: readonly number[];
  readonly photo_bias: readonly number[];
  readonly gate_bias: number;
  readonly prior: { mean: number[]; scale: number[]; basis: string; basis_step: number[]; kernels: number[][] };
  readonly plain: readonly Explained[];
  readonly gated: readonly Explained[];
  readonly learnt: readonly Explained[];
}

const FIXTURE = JSON.parse(readFileSync(new URL('../../fixtures/gradcam.json', import.meta.url), 'utf8')) as Fixture;
const [HEIGHT, WIDTH] = FIXTURE.input;
const FEATURES = Float32Array.from(FIXTURE.features);
const CLOSE = 1e-4; // ten times below what is promised

const PLAIN: LinearHead = { kernel: numbers(FIXTURE.kernel, 1e-3), bias: Float32Array.from(FIXTURE.bias), gate: null };
const GATED: LinearHead = {
  ...PLAIN,
  gate: {
    kernel: numbers(FIXTURE.gate_kernel, 1e-4),
    bias: Float32Array.of(FIXTURE.gate_bias),
    photoKernel: numbers(FIXTURE.photo_kernel, 1e-3),
    photoBias: Float32Array.from(FIXTURE.photo_bias),
  },
};

function levelsOf(base64: string): Int8Array {
  return new Int8Array(Buffer.from(base64, 'base64'));
}

function numbers(base64: string, step: number): Float32Array {
  return Float32Array.from(levelsOf(base64), (level) => level * step);
}

/** The taps of the fixture, which add `typical` to the logit. */
function tapsWith(typical: readonly number[]): Tap[] {
  return FIXTURE.taps.map(({ shape: [height, width, channels], levels }, i) => ({
    activation: numbers(levels, FIXTURE.step),
    height,
    width,
    channels,
    typical: typical[i]!,
  }));
}

function assertClose(actual: ArrayLike<number>, expected: readonly number[], most: number): void {
  assert.equal(actual.length, expected.length);
  const apart = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - actual[i]!)), 0);
  assert.ok(apart <= most, `${apart} apart`);
}

for (const [name, head, explained] of [
  ['a trained channel', PLAIN, FIXTURE.plain],
  ['a trained channel beside a head for photos', GATED, FIXTURE.gated],
] as const) {
  test(`heat of ${name} is Python's`, () => {
    for (const { target, typical, cells } of explained) {
      const gradient = headGradient(head, FEATURES, target);
      assertClose(gradcam(tapsWith(typical), FEATURES, gradient, { height: HEIGHT, width: WIDTH }), cells, CLOSE);
    }
  });
}

test("heat of a channel that was learnt here is Python's, through the prior's basis", () => {
  const { mean, scale, basis, basis_step, kernels } = FIXTURE.prior;
  const prior = {
    mean: Float32Array.from(mean),
    scale: Float32Array.from(scale),
    basis: levelsOf(basis),
    basisStep: Float32Array.from(basis_step),
  };
  kernels.forEach((kernel, i) => {
    const { typical, cells } = FIXTURE.learnt[i]!;
    const gradient = learntGradient(prior, Float64Array.from(kernel));
    const added = typicalOf(gradient, prior.mean, tapsWith([0, 0]));
    assertClose(added, typical, CLOSE);
    assertClose(gradcam(tapsWith(added), FEATURES, gradient, { height: HEIGHT, width: WIDTH }), cells, CLOSE);
  });
});

test('where nothing speaks for a channel, nothing is warm', () => {
  const gradient = headGradient(PLAIN, FEATURES, 0).fill(0);
  const cells = gradcam(tapsWith([1, 1]), FEATURES, gradient, { height: HEIGHT, width: WIDTH });
  assert.ok(cells.every((cell) => cell === 0));
});
