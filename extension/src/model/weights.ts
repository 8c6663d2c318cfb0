/** Weights as they travel, made into what TensorFlow.js takes: kernels in 8 or 16 bits become float32 again, exactly. */

import type { io } from '@tensorflow/tfjs-core';

import { isObject } from '../shared/messages.ts';

/** `packed`: the scales of an axis come first, as float32, and then a level for each number, of 8 or 16 bits. */
export interface PackedSpec extends io.WeightsManifestEntry {
  readonly packed?: { readonly bits: number; readonly axis: number };
}

export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };
const MAX_ELEMENTS = 64_000_000; // of all weights together
const MAX = { specs: 10_000, name: 300, axes: 8 };

/** Checks what a file says of its weights, before anything is made of it. Throws a WeightsError. */
export function readSpecs(list: readonly unknown[]): PackedSpec[] {
  if (list.length > MAX.specs) {
    throw new WeightsError(`there are ${list.length} weights, more than ${MAX.specs}`);
  }
  const specs = list.map(readSpec);
  const all = specs.reduce((sum, spec) => sum + elementCount(spec), 0);
  if (all > MAX_ELEMENTS) {
    throw new WeightsError(`the weights are ${all} numbers, more than ${MAX_ELEMENTS}`);
  }
  return specs;
}

function readSpec(value: unknown, index: number): PackedSpec {
  const { name, dtype, shape, packed } = isObject(value) ? value : {};
  const isNamed = typeof name === 'string' && name !== '' && name.length <= MAX.name && typeof dtype === 'string';
  const isShaped = Array.isArray(shape) && shape.length <= MAX.axes;
  if (!isNamed || !isShaped || !(packed === undefined || isObject(packed))) {
    throw new WeightsError(`weight ${index} is described in an unknown way`);
  }
  return value as PackedSpec;
}

/** Reads the weights one after the other. Throws a WeightsError where specs and data do not go together. */
export function unpack(
  specs: readonly PackedSpec[],
  data: ArrayBuffer,
): { specs: io.WeightsManifestEntry[]; data: ArrayBuffer[] } {
  let start = 0;
  const take = (bytes: number, name: string): ArrayBuffer => {
    if (start + bytes > data.byteLength) {
      throw new WeightsError(`the weights end before ${name} does`);
    }
    start += bytes;
    return data.slice(start - bytes, start);
  };
  const parts = specs.map((spec) => (spec.packed ? unpackKernel(spec, spec.packed, take) : take(sizeOf(spec), spec.name)));
  if (start !== data.byteLength) {
    throw new WeightsError(`${data.byteLength - start} bytes of weights belong to nothing`);
  }
  return { specs: specs.map(withoutPacking), data: parts };
}

function withoutPacking(spec: PackedSpec): io.WeightsManifestEntry {
  const copy: { packed?: unknown } & io.WeightsManifestEntry = { ...spec };
  delete copy.packed;
  return copy;
}

function sizeOf(spec: PackedSpec): number {
  const type = spec.quantization?.dtype ?? spec.dtype;
  const bytes = Object.hasOwn(BYTES, type) ? BYTES[type] : undefined;
  if (bytes === undefined) {
    throw new WeightsError(`${spec.name} is of an unknown type`);
  }
  return bytes * elementCount(spec);
}

function elementCount({ name, shape }: PackedSpec): number {
  const count = shape.reduce((product, length) => product * length, 1);
  if (!shape.every((length) => Number.isInteger(length) && length >= 0) || count > MAX_ELEMENTS) {
    throw new WeightsError(`${name} has the shape [${shape.join(', ')}]`);
  }
  return count;
}

/** A kernel, (height, width, inputs, outputs), from its levels: whole numbers times the scale of their channel. */
function unpackKernel(
  spec: PackedSpec,
  { bits, axis }: NonNullable<PackedSpec['packed']>,
  take: (bytes: number, name: string) => ArrayBuffer,
): ArrayBuffer {
  const { name, shape, dtype } = spec;
  const count = elementCount(spec);
  const channels = shape[axis];
  // The axes behind the channels must be of length 1, so that neighbours in memory are neighbouring channels.
  const Levels = { 8: Int8Array, 16: Int16Array }[bits];
  if (Levels === undefined || dtype !== 'float32' || !channels || shape.slice(axis + 1).some((length) => length !== 1)) {
    throw new WeightsError(`${name} is packed in an unknown way`);
  }
  const scales = new Float32Array(take(4 * channels, name));
  const levels = new Levels(take(Levels.BYTES_PER_ELEMENT * count, name));
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += channels) {
    for (let channel = 0; channel < channels; channel++) {
      values[i + channel] = (levels[i + channel] ?? 0) * (scales[channel] ?? 0);
    }
  }
  return values.buffer;
}
