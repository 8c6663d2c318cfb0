/** The files of a model: read through a ModelSource, checked against `metadata.json`, made ready for TensorFlow.js. */

import type { io } from '@tensorflow/tfjs-core';

import { ClassifyError } from '../shared/messages.ts';
import { type Metadata, MetadataError, parseMetadata } from '../shared/metadata.ts';
import { sha256 } from '../shared/sha256.ts';
import { type PackedSpec, unpack, WeightsError } from './weights.ts';

/** Where the files of a model come from; `read` gives null for a file that is not there. */
export interface ModelSource {
  read(name: string): Promise<ArrayBuffer | null>;
}

/** A tensor in the signature of the graph. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: 'float32' | 'int32';
}

export interface ModelFiles {
  readonly metadata: Metadata;
  /** `metadata.json` as it is, for pages to read. */
  readonly description: unknown;
  /** Of all files together. */
  readonly bytes: number;
  readonly artifacts: io.ModelArtifacts;
  readonly pixels: TensorInfo;
  readonly probabilities: TensorInfo;
  readonly unknown: TensorInfo | null;
}

interface ModelJson {
  modelTopology?: object;
  signature?: { inputs?: Record<string, SignatureEntry>; outputs?: Record<string, SignatureEntry> };
  weightsManifest?: { paths: string[]; weights: PackedSpec[] }[];
}

interface SignatureEntry {
  name?: string;
  dtype?: string;
}

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
  const description = parseJson('metadata.json', bytes);
  try {
    return { description, metadata: parseMetadata(description) };
  } catch (error) {
    throw error instanceof MetadataError ? broken(error.message) : error;
  }
}

async function readGraph(
  source: ModelSource,
  metadata: Metadata,
): Promise<Omit<ModelFiles, 'metadata' | 'description'>> {
  const files = await readFiles(source, metadata.files);
  const json = parseJson('model.json', file(files, 'model.json')) as ModelJson;
  const groups = json.weightsManifest;
  if (json.modelTopology === undefined || groups === undefined) {
    throw broken('model.json is not a graph model');
  }
  const shards = groups.flatMap((group) => group.paths).map((name) => file(files, name));
  const weights = unpacked(
    groups.flatMap((group) => group.weights),
    await new Blob(shards).arrayBuffer(),
  );
  return {
    bytes: [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    artifacts: {
      format: 'graph-model',
      modelTopology: json.modelTopology,
      ...(json.signature === undefined ? {} : { signature: json.signature }),
      weightSpecs: weights.specs,
      weightData: weights.data,
    },
    pixels: tensorInfo(json.signature?.inputs, 'pixels'),
    probabilities: tensorInfo(json.signature?.outputs, metadata.outputs.probabilities),
    unknown:
      metadata.outputs.unknown === null ? null : tensorInfo(json.signature?.outputs, metadata.outputs.unknown),
  };
}

function unpacked(specs: readonly PackedSpec[], data: ArrayBuffer): ReturnType<typeof unpack> {
  try {
    return unpack(specs, data);
  } catch (error) {
    throw error instanceof WeightsError ? broken(error.message) : error;
  }
}

/** Reads every file that the description lists; a half-copied model is told by its checksums. */
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

/** Tensors are found by their name in the signature: the order of a graph's outputs is not stable. */
function tensorInfo(entries: Record<string, SignatureEntry> | undefined, key: string): TensorInfo {
  const entry = entries?.[key];
  if (entry?.name === undefined) {
    throw broken(`the signature in model.json has no ${key}`);
  }
  return { name: entry.name, dtype: entry.dtype === 'DT_INT32' ? 'int32' : 'float32' };
}

function parseJson(name: string, bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw broken(`${name} is not JSON`);
  }
}

export function broken(detail: string): ClassifyError {
  return new ClassifyError('model-broken', detail);
}
