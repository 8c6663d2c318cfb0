/** A graph model made by hand: the mean colour of a 2x3 picture, times a matrix, through a softmax. */

import { createHash } from 'node:crypto';

import type { ModelSource } from '../../../extension/src/model/model-files.ts';
import { SCHEMA } from '../../../extension/src/model/metadata.ts';

export type Files = Map<string, Uint8Array<ArrayBuffer>>;

export const INPUT = { height: 2, width: 3 };

/** Channels answer to red, green and blue; with `unknown`, to red and green, and blue is none of them. */
export interface TinyOptions {
  unknown?: boolean;
  dtype?: 'DT_FLOAT' | 'DT_INT32';
  /** Can be explained: its tap is the picture itself, of whose deviations the features say the means again. */
  heat?: boolean;
}

/** Two shards, split in the middle of a number, as real shards may be. */
export function tinyModel({ unknown = false, dtype = 'DT_FLOAT', heat = false }: TinyOptions = {}): Files {
  const data = Buffer.concat(CONSTANTS.map(({ values }) => Buffer.from(values.buffer)));
  const files: Files = new Map([
    ['model.json', toBytes(modelJson(unknown, dtype, heat))],
    ['group1-shard1of2.bin', Uint8Array.from(data.subarray(0, 7))],
    ['group1-shard2of2.bin', Uint8Array.from(data.subarray(7))],
  ]);
  return describe(files, unknown, heat);
}

const CONSTANTS = [
  { name: 'axes', dtype: 'DT_INT32', shape: [2], values: Int32Array.of(1, 2) },
  { name: 'matrix', dtype: 'DT_FLOAT', shape: [3, 3], values: Float32Array.of(0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1) },
  { name: 'first', dtype: 'DT_INT32', shape: [2], values: Int32Array.of(0, 0) },
  { name: 'third', dtype: 'DT_INT32', shape: [2], values: Int32Array.of(0, 2) },
  { name: 'two', dtype: 'DT_INT32', shape: [2], values: Int32Array.of(-1, 2) },
  { name: 'one', dtype: 'DT_INT32', shape: [2], values: Int32Array.of(-1, 1) },
  { name: 'axis', dtype: 'DT_INT32', shape: [], values: Int32Array.of(1) },
  { name: 'kernel', dtype: 'DT_FLOAT', shape: [6, 3], values: Float32Array.from({ length: 18 }, (_, i) => Number(i % 4 === 0)) },
  { name: 'bias', dtype: 'DT_FLOAT', shape: [3], values: Float32Array.of(0, 0, 0) },
];

interface Node {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, unknown>;
}

function modelJson(unknown: boolean, dtype: string, heat: boolean): Record<string, unknown> {
  const T = { type: 'DT_FLOAT' };
  const shape = { dim: [-1, INPUT.height, INPUT.width, 3].map((size) => ({ size: String(size) })) };
  const nodes: Node[] = [
    { name: 'pixels', op: 'Placeholder', attr: { dtype: { type: dtype }, shape: { shape } } },
    ...CONSTANTS.map(constant),
    { name: 'real', op: 'Cast', input: ['pixels'], attr: { SrcT: { type: dtype }, DstT: T } },
    { name: 'mean', op: 'Mean', input: ['real', 'axes'], attr: { T, keep_dims: { b: false } } },
    { name: 'logits', op: 'MatMul', input: ['mean', 'matrix'], attr: { T } },
    ...(heat ? [{ name: 'features', op: 'ConcatV2', input: ['mean', 'mean', 'axis'], attr: { T, N: { i: '2' } } }] : []),
    { name: 'softmax', op: 'Softmax', input: ['logits'], attr: { T } },
  ];
  const last: Node[] = unknown
    ? [
        // The unknown comes first: whoever takes outputs by their order gets the wrong one.
        { name: 'Identity', op: 'Slice', input: ['softmax', 'third', 'one'], attr: { T } },
        { name: 'Identity_1', op: 'Slice', input: ['softmax', 'first', 'two'], attr: { T } },
      ]
    : [{ name: 'Identity_1', op: 'Identity', input: ['softmax'], attr: { T } }];
  return {
    format: 'graph-model',
    modelTopology: { node: [...nodes, ...last], library: {}, versions: { producer: 1882 } },
    signature: {
      inputs: { pixels: { name: 'pixels:0', dtype, tensorShape: shape } },
      outputs: {
        ...(heat ? { features: { name: 'features:0', dtype: 'DT_FLOAT' }, tap_00: { name: 'real:0', dtype: 'DT_FLOAT' } } : {}),
        ...(unknown ? { unknown: { name: 'Identity:0', dtype: 'DT_FLOAT' } } : {}),
        probabilities: { name: 'Identity_1:0', dtype: 'DT_FLOAT' },
      },
    },
    weightsManifest: [
      {
        paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
        weights: CONSTANTS.map(({ name, dtype, shape }) => ({
          name,
          shape,
          dtype: dtype === 'DT_INT32' ? 'int32' : 'float32',
        })),
      },
    ],
  };
}

function constant({ name, dtype, shape }: (typeof CONSTANTS)[number]): Node {
  const tensorShape = { dim: shape.map((size) => ({ size: String(size) })) };
  return { name, op: 'Const', attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape } } } };
}

/** Writes metadata.json anew, with the checksums of the files as they are. */
export function describe(files: Files, unknown = false, heat = false): Files {
  const described = [...files].filter(([name]) => name !== 'metadata.json');
  const sums = new Map(described.map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]));
  const explained = heat ? { heat: heatJson(unknown ? 2 : 3) } : {};
  return files.set('metadata.json', toBytes({ ...metadataJson(unknown), ...explained, files: Object.fromEntries(sums) }));
}

export function sourceOf(files: Files): ModelSource {
  return { read: (name) => Promise.resolve(files.get(name)?.slice().buffer ?? null) };
}

export function toBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(JSON.stringify(value)));
}

/** One colour everywhere, as input of the model. */
export function plain(red: number, green: number, blue: number): Uint8Array {
  const pixels = Array.from({ length: INPUT.height * INPUT.width }, () => [red, green, blue]);
  return Uint8Array.from(pixels.flat());
}

export const UNKNOWN = {
  threshold: 0.5,
  lookalike_threshold: 0.3,
  auroc: 0.9,
  known_recall: 0.95,
  false_known: 0.2,
  images: 40,
  drawn: false,
  curve: [
    { threshold: 0.1, known_recall: 0.5, false_known: 0 },
    { threshold: 0.5, known_recall: 0.95, false_known: 0.2 },
  ],
};

export function heatJson(channels = 3): Record<string, unknown> {
  const typical = Array.from({ length: channels }, () => 0.5);
  return {
    output: 'features',
    taps: [{ output: 'tap_00', ...INPUT, channels: 3, typical }],
    head: { kernel: 'kernel', bias: 'bias' },
  };
}

export function metadataJson(unknown = false): Record<string, unknown> {
  const names = unknown ? ['red', 'green'] : ['red', 'green', 'blue'];
  return {
    schema: SCHEMA,
    version: '0123456789ab',
    created: '2026-11-23T08:00:00Z',
    recipe: 'style',
    demo: false,
    dtype: 'float32',
    channels: names.map((name) => ({ name, display_name: name.toUpperCase(), handle: `@${name}`, url: '' })),
    input: { ...INPUT, crop: 'baked-bars', fit: 'stretch', filter: 'triangle' },
    normalisation: { scale: 1, offset: 0, applied_in: 'graph' },
    outputs: { probabilities: 'probabilities', unknown: unknown ? 'unknown' : null },
    unknown: unknown ? UNKNOWN : null,
    metrics: { macro_f1: 0.9, accuracy: 0.9, images: 30, folds: 5 },
    files: { 'model.json': '0'.repeat(64) },
  };
}
