/** The model that lies beside this page, run in it: the extension's own classifier, fed with the same pixels. */

import { toResult } from '../model/result.ts';
import { Classifier } from '../model/classifier.ts';
import type { ModelSource } from '../model/model-files.ts';
import { type Heatmap, toHeatmap } from '../heatmap/heatmap.ts';
import { lazy } from '../shared/async.ts';
import { ClassifyError, type ClassifyResult, isObject, messageOf } from '../shared/messages.ts';
import { type Metadata, SCHEMA } from '../model/metadata.ts';
import { type Picture, preprocess } from '../model/pixels.ts';
import { TryError } from './texts.ts';

const WASM_PATH = 'try/';

const load = lazy(async (): Promise<Classifier> => {
  try {
    const classifier = await Classifier.load(BESIDE, WASM_PATH);
    await classifier.warmUp();
    return classifier;
  } catch (error) {
    throw toTryError(error);
  }
});

/** Loads the model, once. Throws a TryError. */
export async function loadModel(): Promise<Metadata> {
  return (await load()).metadata;
}

/** Says whose thumbnail a picture is. Throws a TryError where there is no model. */
export async function classify(picture: Picture): Promise<ClassifyResult> {
  const classifier = await load();
  const { metadata } = classifier;
  return toResult(await classifier.classify(preprocess(picture, metadata.input)), metadata, null);
}

/** Says which parts of a picture speak for a channel of the model. Throws a TryError where the model cannot tell. */
export async function explain(picture: Picture, name: string): Promise<Heatmap> {
  const classifier = await load();
  const channel = classifier.metadata.channels.findIndex((known) => known.name === name);
  const explained = classifier.explain(picture, { channel });
  if (explained === null) {
    throw new TryError('failed', name);
  }
  return toHeatmap(name, explained);
}

/** `model/` beside this page, which the local server or a static host has. */
const BESIDE: ModelSource = {
  async read(name) {
    const response = await fetch(`model/${encodeURIComponent(name)}`, { redirect: 'error' }).catch(() => {
      throw new TryError('no_server');
    });
    if (response.status === 404) {
      return null;
    }
    if (!response.ok) {
      throw response.status === 403 ? new TryError('no_entry') : new TryError('failed', `HTTP ${response.status}`);
    }
    const bytes = await response.arrayBuffer();
    if (name === 'metadata.json') {
      checkAge(new TextDecoder().decode(bytes));
    }
    return bytes;
  },
};

/** A description of a later schema is not damaged: the page is too old for it. */
function checkAge(text: string): void {
  let description: unknown;
  try {
    description = JSON.parse(text);
  } catch {
    return; // the reader of the model says what is wrong
  }
  const schema = isObject(description) ? description['schema'] : null;
  if (typeof schema === 'number' && schema > SCHEMA) {
    throw new TryError('new_model');
  }
}

function toTryError(error: unknown): TryError {
  if (error instanceof TryError) {
    return error;
  }
  if (error instanceof ClassifyError) {
    return error.reason === 'model-missing' ? new TryError('no_model') : new TryError('bad_model', error.detail ?? error.reason);
  }
  return hasWasm() ? new TryError('failed', messageOf(error)) : new TryError('no_wasm');
}

/** A module of eight bytes of SIMD: browsers without it refuse the whole. */
function hasWasm(): boolean {
  const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  return typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(simd));
}
