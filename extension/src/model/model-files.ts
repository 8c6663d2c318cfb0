/** The files of a model: read through a ModelSource, checked against `metadata.json`, made ready for TensorFlow.js. */

import type { io } from '@tensorflow/tfjs-core';

import { ClassifyError, isObject } from '../shared/messages.ts';
import { broken } from './broken.ts';
import { MetadataError } from './fields.ts';
import { type HeadLayout, type HeatLayout, type Metadata, readMetadata } from './metadata.ts';
import { sha256 } from './sha256.ts';
import { readStylePrior, type StylePrior } from './style-prior.ts';
import { readSpecs, unpack, WeightsError } from './weights.ts';

/** Where the files of a model come from; `read` gives null for a file that is not there. */
export interface ModelSource {
  read(name: string): Promise<ArrayBuffer | null>;
}

/** A tensor in the signature of the graph. */
interface TensorInfo {
  readonly name: string;
  readonly dtype: 'float32' | 'int32';
}

export interface ModelFiles {
  readonly metadata: Metadata;
  /** What is known of `metadata.json`, in its form, for pages to read. */
  readonly description: unknown;
  /** Of all files together. */
  readonly bytes: number;
  readonly artifacts: io.ModelArtifacts;
  readonly pixels: TensorInfo;
  /** Outputs; null for what the model does not tell. */
  readonly probabilities: TensorInfo | null;
  readonly unknown: TensorInfo | null;
  readonly features: TensorInfo | null;
  /** What the head sees, and the taps; null for a model whose heat is not computed here. */
  readonly heat: { readonly output: TensorInfo; readonly taps: readonly TensorInfo[] } | null;
  readonly prior: StylePrior | null;
}

/** A description of ten thousand channels has 2 MB; nesting and sizes beyond these are meant to hurt. */
const BOUNDS = { bytes: 8 * 1024 * 1024, depth: 40 };
const MAX_SHARDS = 100;
const MAX_NAME = 200;

/** Reads a whole model. Throws a ClassifyError: model-missing without a description, model-broken for the rest. */
export async function readModel(source: ModelSource): Promise<ModelFiles> {
  const bytes = await source.read('metadata.json');
  if (bytes === null) {
    throw new ClassifyError('model-missing');
  }
  const { description, metadata } = readDescription(bytes);
  const graph = await readGraph(source, metadata);
  return { ...graph, metadata, description, bytes: bytes.byteLength + graph.bytes };
}

/** Reads `metadata.json`, as JSON and checked. Throws a ClassifyError (model-broken). */
export function readDescription(bytes: ArrayBuffer): { description: unknown; metadata: Metadata } {
  try {
    return readMetadata(parseJson('metadata.json', bytes));
  } catch (error) {
    throw error instanceof MetadataError ? broken(error.message) : error;
  }
}

async function readGraph(
  source: ModelSource,
  metadata: Metadata,
): Promise<Omit<ModelFiles, 'metadata' | 'description'>> {
  const files = await readFiles(source, metadata.files);
  const json = parseJson('model.json', file(files, 'model.json'));
  if (!isObject(json) || !isObject(json['modelTopology']) || !Array.isArray(json['weightsManifest'])) {
    throw broken('model.json is not a graph model');
  }
  const groups = json['weightsManifest'].map(readGroup);
  const names = groups.flatMap(({ paths }) => paths);
  if (new Set(names).size !== names.length || names.length > MAX_SHARDS) {
    throw broken('model.json names a file of weights twice, or too many');
  }
  const data = await new Blob(names.map((name) => file(files, name))).arrayBuffer();
  const weights = orBroken(() => unpack(readSpecs(groups.flatMap((group) => group.weights)), data));
  const signature = isObject(json['signature']) ? json['signature'] : {};
  if (metadata.heat !== null) {
    checkHead(metadata.heat, weights.specs, metadata.channels.length);
  }
  return {
    bytes: [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    artifacts: {
      format: 'graph-model',
      modelTopology: json['modelTopology'],
      signature,
      weightSpecs: weights.specs,
      weightData: weights.data,
    },
    pixels: tensorInfo(signature['inputs'], 'pixels'),
    probabilities: outputInfo(signature, metadata.outputs.probabilities),
    unknown: outputInfo(signature, metadata.outputs.unknown),
    features: outputInfo(signature, metadata.features?.output ?? null),
    heat: metadata.heat === null ? null : heatInfo(signature, metadata.heat),
    prior: metadata.features === null ? null : readStylePrior(metadata.features.prior, file(files, metadata.features.prior.file)),
  };
}

/** One group of the manifest: names of files, and what is in them. */
function readGroup(group: unknown): { paths: string[]; weights: unknown[] } {
  const { paths, weights } = isObject(group) ? group : {};
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string') || !Array.isArray(weights)) {
    throw broken('model.json lists its weights in an unknown way');
  }
  return { paths, weights };
}

function orBroken<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof WeightsError ? broken(error.message) : error;
  }
}

/** Reads every file that the description lists; their checksums tell a half-copied model. */
async function readFiles(source: ModelSource, sums: Metadata['files']): Promise<Map<string, ArrayBuffer>> {
  const entries = [...sums].map(async ([name, sum]): Promise<[string, ArrayBuffer]> => {
    const bytes = await source.read(name);
    if (bytes === null) {
      throw broken(`${name} is missing`);
    }
    if ((await sha256(bytes)) !== sum) {
      throw broken(`${name} does not match its checksum`);
    }
    return [name, bytes];
  });
  return new Map(await Promise.all(entries));
}

function file(files: Map<string, ArrayBuffer>, name: string): ArrayBuffer {
  const bytes = files.get(name);
  if (bytes === undefined) {
    throw broken(`${name} is not listed in metadata.json`);
  }
  return bytes;
}

function outputInfo(signature: Record<string, unknown>, name: string | null): TensorInfo | null {
  return name === null ? null : tensorInfo(signature['outputs'], name);
}

function heatInfo(signature: Record<string, unknown>, { output, taps }: HeatLayout): ModelFiles['heat'] {
  const outputs = signature['outputs'];
  return { output: tensorInfo(outputs, output), taps: taps.map((tap) => tensorInfo(outputs, tap.output)) };
}

/** Checks that the head's arrays go with each other and with the taps. Throws a ClassifyError (model-broken). */
function checkHead({ taps, head }: HeatLayout, specs: readonly io.WeightsManifestEntry[], channels: number): void {
  if (head === null) {
    return;
  }
  const shapeOf = (name: string): readonly number[] => specs.find((spec) => spec.name === name)?.shape ?? [];
  const [features = 0, classes = 0] = shapeOf(head.kernel);
  const pooled = taps.reduce((sum, tap) => sum + 2 * tap.channels, 0);
  if (features < pooled || classes < channels) {
    throw broken(`heat: the weight ${head.kernel} is of the shape [${shapeOf(head.kernel).join(', ')}]`);
  }
  for (const [name, shape] of shapesOf(head, features, classes)) {
    if (shapeOf(name).join() !== shape.join()) {
      throw broken(`heat: the weight ${name} is not of the shape [${shape.join(', ')}]`);
    }
  }
}

/** The shapes of all arrays, by their names. */
function shapesOf({ kernel, bias, gate }: HeadLayout, features: number, classes: number): [string, number[]][] {
  const plain: [string, number[]][] = [
    [kernel, [features, classes]],
    [bias, [classes]],
  ];
  return gate === null
    ? plain
    : [...plain, [gate.photoKernel, [features, classes]], [gate.photoBias, [classes]], [gate.kernel, [features, 1]], [gate.bias, [1]]];
}

/** Tensors are found by their name in the signature: the order of a graph's outputs is not stable. */
function tensorInfo(entries: unknown, key: string): TensorInfo {
  const entry = isObject(entries) && Object.hasOwn(entries, key) ? entries[key] : undefined;
  const { name, dtype } = isObject(entry) ? entry : {};
  if (typeof name !== 'string' || name.length > MAX_NAME) {
    throw broken(`the signature in model.json has no ${key}`);
  }
  return { name, dtype: dtype === 'DT_INT32' ? 'int32' : 'float32' };
}

function parseJson(name: string, bytes: ArrayBuffer): unknown {
  if (bytes.byteLength > BOUNDS.bytes) {
    throw broken(`${name} has ${bytes.byteLength} bytes, more than ${BOUNDS.bytes}`);
  }
  if (isDeep(new Uint8Array(bytes), BOUNDS.depth)) {
    throw broken(`${name} is nested more than ${BOUNDS.depth} times`);
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw broken(`${name} is not JSON`);
  }
}

const BYTES = { quote: 0x22, escape: 0x5c, opening: [0x5b, 0x7b], closing: [0x5d, 0x7d] } as const; // " \ [ { ] }

/** Whether lists and objects are inside each other more often than so: who walks through such a tree runs out of stack. */
function isDeep(json: Uint8Array, most: number): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < json.length && depth <= most; i++) {
    const byte = json[i]!;
    if (inText && byte === BYTES.escape) {
      i++;
    } else if (byte === BYTES.quote) {
      inText = !inText;
    } else if (!inText) {
      depth += Number(byte === BYTES.opening[0] || byte === BYTES.opening[1]);
      depth -= Number(byte === BYTES.closing[0] || byte === BYTES.closing[1]);
    }
  }
  return depth > most;
}
