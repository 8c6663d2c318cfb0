/** Weights as they travel: packed kernels become the numbers that they were made of, and nothing else is believed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type PackedSpec, unpack, WeightsError } from '../../../extension/src/model/weights.ts';

const KERNEL: PackedSpec = { name: 'kernel', shape: [1, 2, 2, 3], dtype: 'float32', packed: { bits: 8, axis: 3 } };
const DEPTHWISE: PackedSpec = { name: 'deep', shape: [2, 1, 3, 1], dtype: 'float32', packed: { bits: 16, axis: 2 } };
const BIAS: PackedSpec = { name: 'bias', shape: [2], dtype: 'float32' };
const HALF: PackedSpec = {
  name: 'head',
  shape: [3, 1],
  dtype: 'float32',
  quantization: { dtype: 'float16' },
};

const SCALES = [0.5, 2 ** -9, 0];
const LEVELS = [1, -127, 5, 127, 0, -1, -3, 64, 9, 2, 2, 2];
const DEEP_SCALES = [1, 2, 4];
const DEEP_LEVELS = [32767, -32767, 1, 0, 3, -5];

function joined(...arrays: ArrayBufferView[]): ArrayBuffer {
  const bytes = arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  return Uint8Array.from(Buffer.concat(bytes)).buffer;
}

/** The levels of eight bits have an odd length, so that what follows them is not aligned. */
function everything(): ArrayBuffer {
  return joined(
    Uint16Array.of(1, 2, 3),
    Float32Array.from(SCALES),
    Int8Array.from(LEVELS),
    Float32Array.from(DEEP_SCALES),
    Int16Array.from(DEEP_LEVELS),
    Float32Array.of(7, 8),
  );
}

const ALL = [HALF, KERNEL, DEPTHWISE, BIAS];

function times(levels: readonly number[], scales: readonly number[]): number[] {
  return levels.map((level, i) => Math.fround(level * (scales[i % scales.length] ?? NaN)));
}

test('packed kernels are levels times the scale of their channel', () => {
  const { specs, data } = unpack(ALL, everything());
  const [half, kernel, deep, bias] = data.map((part) => new Float32Array(part.byteLength % 4 ? new ArrayBuffer(0) : part));
  assert.deepEqual(Array.from(kernel ?? []), times(LEVELS, SCALES));
  assert.deepEqual(Array.from(deep ?? []), times(DEEP_LEVELS, DEEP_SCALES));
  assert.deepEqual(Array.from(bias ?? []), [7, 8]);
  assert.equal(half?.length, 0);
  assert.deepEqual(Array.from(new Uint16Array(data[0] ?? new ArrayBuffer(0))), [1, 2, 3], 'left for TensorFlow.js');
  assert.deepEqual(specs, [HALF, { ...BIAS, ...plain(KERNEL) }, { ...BIAS, ...plain(DEPTHWISE) }, BIAS]);
});

function plain({ name, shape, dtype }: PackedSpec): PackedSpec {
  return { name, shape, dtype };
}

const BAD: [string, PackedSpec, RegExp][] = [
  ['another number of bits', { ...KERNEL, packed: { bits: 4, axis: 3 } }, /kernel is packed in an unknown way/],
  ['an axis that there is not', { ...KERNEL, packed: { bits: 8, axis: 4 } }, /kernel is packed in an unknown way/],
  ['an axis whose neighbours are not channels', { ...KERNEL, packed: { bits: 8, axis: 2 } }, /unknown way/],
  ['another type', { ...KERNEL, dtype: 'int32' }, /kernel is packed in an unknown way/],
  ['a negative length', { ...KERNEL, shape: [1, -2, -2, 3] }, /kernel has the shape \[1, -2, -2, 3\]/],
  ['half a number', { ...BIAS, shape: [1.5] }, /bias has the shape/],
  ['more numbers than any model has', { ...BIAS, shape: [1e9] }, /bias has the shape/],
  ['a type that has no size', { ...BIAS, dtype: 'string' }, /bias is of an unknown type/],
  ['more than there is', { ...BIAS, shape: [1000] }, /the weights end before bias does/],
];

for (const [what, spec, message] of BAD) {
  test(`refuses ${what}`, () => {
    assert.throws(() => unpack([spec], joined(new Uint8Array(200))), (error) => {
      assert.ok(error instanceof WeightsError);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('refuses bytes that belong to nothing', () => {
  assert.throws(() => unpack(ALL, joined(new Uint8Array(everything()), new Uint8Array(3))), /3 bytes of weights/);
  assert.throws(() => unpack(ALL, everything().slice(0, -1)), /the weights end before bias does/);
});
