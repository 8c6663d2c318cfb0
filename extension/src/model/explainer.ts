/** The network opened at its taps: what *Why?* needs of a model, and what comes of it. Runs only when it is asked for. */

import type { GraphModel } from '@tensorflow/tfjs-converter';
import { tensor, tidy, type TypedArray } from '@tensorflow/tfjs-core';

import type { Rectangle, Size } from '../shared/geometry.ts';
import { broken } from './broken.ts';
import { gradcam, headGradient, learntGradient, type LearntSpace, type LinearHead, typicalOf } from './gradcam.ts';
import type { HeadLayout, HeatLayout, Metadata } from './metadata.ts';

/** Whom heat speaks for: a channel of the model by its number, or one that was learnt here by its kernel, (components,). */
export type Target = { readonly channel: number } | { readonly kernel: Float64Array };

/** What comes of it: a number from 0 to 1 for each cell, row by row, and the part of the picture that the cells cover. */
export interface Explained {
  readonly cells: Float32Array;
  readonly grid: Size;
  readonly picture: Size;
  readonly box: Rectangle;
}

/** What there is of a model. */
export interface Opened {
  readonly metadata: Metadata;
  readonly prior: LearntSpace | null;
  readonly pixels: { readonly name: string; readonly dtype: 'float32' | 'int32' };
  /** The tensors of `metadata.heat`. */
  readonly heat: { readonly output: { readonly name: string }; readonly taps: readonly { readonly name: string }[] };
}

/** How much each place of the input speaks for a target, 1 where most: (input.height, input.width). */
export function explain(model: GraphModel, opened: Opened, layout: HeatLayout, pixels: TypedArray, target: Target): Float32Array {
  const [features, ...activations] = run(model, opened, pixels);
  const { gradient, typical } = ask(model, opened, layout, features!, target);
  const taps = layout.taps.map(({ height, width, channels }, i) => {
    const activation = activations[i]!;
    if (activation.length !== height * width * channels) {
      throw broken(`${layout.taps[i]!.output} gave ${activation.length} numbers`);
    }
    return { activation, height, width, channels, typical: typical[i]! };
  });
  const heat = gradcam(taps, features!, gradient, opened.metadata.input);
  if (!heat.every(Number.isFinite)) {
    throw broken('heat: the taps gave no numbers');
  }
  return heat;
}

/** The values of the features, and of each tap. */
function run(model: GraphModel, { metadata, pixels: { name, dtype }, heat }: Opened, values: TypedArray): Float32Array[] {
  const { height, width } = metadata.input;
  const names = [heat.output, ...heat.taps].map((output) => output.name);
  const outputs: Float32Array[] = [];
  tidy(() => {
    const made = model.execute({ [name]: tensor(values, [1, height, width, 3], dtype) }, names);
    outputs.push(...[made].flat().map((output) => output.dataSync<'float32'>()));
  });
  return outputs;
}

interface Question {
  readonly gradient: Float64Array;
  /** What a typical picture's taps add to the logit. */
  readonly typical: readonly number[];
}

function ask(model: GraphModel, { prior }: Opened, { taps, head }: HeatLayout, features: Float32Array, target: Target): Question {
  if ('channel' in target) {
    if (head === null) {
      throw broken('heat: there is no head');
    }
    const gradient = headGradient(readHead(model, head), features, target.channel);
    return { gradient, typical: taps.map(({ typical }) => typical[target.channel] ?? 0) };
  }
  if (prior?.mean.length !== features.length) {
    throw broken('heat: there is no prior of these features');
  }
  const gradient = learntGradient(prior, target.kernel);
  return { gradient, typical: typicalOf(gradient, prior.mean, taps) };
}

function readHead({ weights }: GraphModel, { kernel, bias, gate }: HeadLayout): LinearHead {
  const read = (name: string): Float32Array => {
    const [found] = weights[name] ?? [];
    if (found === undefined) {
      throw broken(`heat: there is no weight ${name}`);
    }
    return found.dataSync<'float32'>();
  };
  const readGate = (of: NonNullable<HeadLayout['gate']>): LinearHead['gate'] => ({
    kernel: read(of.kernel),
    bias: read(of.bias),
    photoKernel: read(of.photoKernel),
    photoBias: read(of.photoBias),
  });
  return { kernel: read(kernel), bias: read(bias), gate: gate === null ? null : readGate(gate) };
}
