/**
 * What real thumbnails taught of all channels, as it comes with a model: the space in which a thumbnail has its place,
 * what varies within a channel there, and what strangers look like. Written by backend/models/learning_prior.py.
 */

import { broken } from './broken.ts';
import type { PriorLayout } from './prior-layout.ts';

/** A thumbnail's place in the space: a level of each component, in steps of it. */
export type Place = Int8Array<ArrayBuffer>;

/**
 * The probability of every channel, in the order of the metadata; `unknown` where the model can tell, and `place` in the
 * space of the prior where it brings one.
 */
export interface Scores {
  readonly probabilities: readonly number[];
  readonly unknown: number | null;
  readonly place?: Place;
}

export interface StylePrior {
  readonly layout: PriorLayout;
  /** Of each feature, (features,). */
  readonly mean: Float32Array;
  readonly scale: Float32Array;
  /** The components, (features, components), in steps of `basisStep`, (components,). */
  readonly basis: Int8Array;
  readonly basisStep: Float32Array;
  /** How large a level of each component is, (components,). */
  readonly step: Float32Array;
  /** The mean of each class, (classes, components). */
  readonly means: Float64Array;
  /** How long each real channel's way from the random thumbnails is, by the prior's own measure, (channels,). */
  readonly lengths: Float32Array;
  /** What varies within classes, the sum over `rows`, (components, components). */
  readonly scatter: Float64Array;
  /** Thumbnails of the real channels, in their order, and random ones: (pictures, components), as levels. */
  readonly near: Int8Array;
  readonly held: Int8Array;
}

const MEAN_PARTS = 256; // of a level, in which means are written
const FULL = 32_767; // a correlation of 1
const MOST_LEVELS = 127;

/** The number of classes: the real channels, the drawn ones, and the random thumbnails. */
export function classCount({ near, drawn }: PriorLayout): number {
  return near.length + drawn + 1;
}

/** Reads the file. Throws a ClassifyError (model-broken) where its size is not what the description says. */
export function readStylePrior(layout: PriorLayout, bytes: ArrayBuffer): StylePrior {
  const { features, components, held, file } = layout;
  const classes = classCount(layout);
  const pairs = (components * (components + 1)) / 2;
  const near = layout.near.reduce((sum, count) => sum + count, 0);
  const floats = 2 * features + 3 * components + layout.near.length;
  const shorts = classes * components + pairs;
  const levels = (features + held + near) * components;
  if (bytes.byteLength !== 4 * floats + 2 * shorts + levels) {
    throw broken(`${file} has ${bytes.byteLength} bytes, and its description asks for another number`);
  }
  let start = 0;
  const take = <T>(Type: new (buffer: ArrayBuffer, offset: number, length: number) => T, length: number, size: number): T => {
    const array = new Type(bytes, start, length);
    start += size * length;
    return array;
  };
  const floatsOf = (length: number): Float32Array => take(Float32Array, length, 4);
  const [mean, scale] = [floatsOf(features), floatsOf(features)];
  const [basisStep, step, spread] = [floatsOf(components), floatsOf(components), floatsOf(components)];
  const lengths = floatsOf(layout.near.length);
  const means = meansOf(take(Int16Array, classes * components, 2), step);
  const scatter = scatterOf(take(Int16Array, pairs, 2), spread);
  const basis = take(Int8Array, features * components, 1);
  const strangers = { held: take(Int8Array, held * components, 1), near: take(Int8Array, near * components, 1) };
  return { layout, mean, scale, basis, basisStep, step, lengths, means, scatter, ...strangers };
}

function meansOf(parts: Int16Array, step: Float32Array): Float64Array {
  return Float64Array.from(parts, (value, i) => (value / MEAN_PARTS) * step[i % step.length]!);
}

/** From the correlations of components, row by row from the diagonal on, and how far each spreads. */
function scatterOf(correlations: Int16Array, spread: Float32Array): Float64Array {
  const size = spread.length;
  const scatter = new Float64Array(size * size);
  let next = 0;
  for (let row = 0; row < size; row++) {
    for (let column = row; column < size; column++) {
      const value = (correlations[next++]! / FULL) * spread[row]! * spread[column]!;
      scatter[row * size + column] = value;
      scatter[column * size + row] = value;
    }
  }
  return scatter;
}

/** The place of a thumbnail by the model's features of it, (features,). */
export function placeOf(prior: StylePrior, features: ArrayLike<number>): Place {
  const { mean, scale, basis, basisStep, step } = prior;
  const components = step.length;
  const sums = new Float64Array(components);
  for (let feature = 0; feature < mean.length; feature++) {
    const standard = (features[feature]! - mean[feature]!) / scale[feature]!;
    const row = feature * components;
    for (let component = 0; component < components; component++) {
      sums[component]! += standard * basis[row + component]!;
    }
  }
  return Int8Array.from(sums, (sum, component) => {
    const level = Math.floor((sum * basisStep[component]!) / step[component]! + 0.5);
    return Math.max(-MOST_LEVELS, Math.min(MOST_LEVELS, level));
  });
}

/** The numbers of a place, or of rows of places, (pictures, components). */
export function numbersOf({ step }: Pick<StylePrior, 'step'>, levels: Int8Array): Float64Array {
  const numbers = new Float64Array(levels.length);
  for (let start = 0; start < levels.length; start += step.length) {
    for (let i = 0; i < step.length; i++) {
      numbers[start + i] = levels[start + i]! * step[i]!;
    }
  }
  return numbers;
}
