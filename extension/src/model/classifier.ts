/**
 * The model: load, warm up, classify, dispose. Nothing of the browser's extension API in here, so that Node runs it too.
 */

import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import { dispose, env, getBackend, setBackend, type Tensor, tensor, type TypedArray } from '@tensorflow/tfjs-core';

import { lazy } from '../shared/async.ts';
import { ClassifyError, messageOf } from '../shared/messages.ts';
import { broken } from './broken.ts';
import { explain, type Explained, type Target } from './explainer.ts';
import type { Metadata } from './metadata.ts';
import { type ModelFiles, type ModelSource, readModel } from './model-files.ts';
import { bakedBars, fit, type Picture } from './pixels.ts';
import { Plan } from './plan.ts';
import { placeOf, type Scores, type StylePrior } from './style-prior.ts';

/** What is kept of the files: the weights themselves belong to TensorFlow.js then. */
type Signature = Omit<ModelFiles, 'artifacts'>;

const SHOWN = 20; // numbers in a message

export class Classifier {
  #plan: Plan | null = null;

  private constructor(private readonly model: GraphModel, private readonly files: Signature) {}

  /** Loads a model onto the WebAssembly backend, whose binaries lie under `wasmPath` (with a slash at its end). */
  static async load(source: ModelSource, wasmPath: string): Promise<Classifier> {
    const [{ artifacts, ...files }] = await Promise.all([readModel(source), startBackend(wasmPath)]);
    try {
      const model = await loadGraphModel({ load: () => Promise.resolve(artifacts) });
      return new Classifier(model, files);
    } catch (error) {
      throw broken(messageOf(error));
    }
  }

  get metadata(): Metadata {
    return this.files.metadata;
  }

  /** `metadata.json` as it is. */
  get description(): unknown {
    return this.files.description;
  }

  /** The size of the model's files. */
  get bytes(): number {
    return this.files.bytes;
  }

  /** What channels are learnt with; null for a model without. */
  get prior(): StylePrior | null {
    return this.files.prior;
  }

  get backend(): string {
    return getBackend();
  }

  /** Runs once on black, because the first run compiles and allocates. Rejects as `classify` would. */
  async warmUp(): Promise<void> {
    const { height, width } = this.metadata.input;
    await this.classify(new Uint8Array(height * width * 3));
  }

  /** Classifies one picture: (input.height, input.width, 3) bytes, RGB, as `prepare` makes them. */
  classify(pixels: Uint8Array): Promise<Scores> {
    const { probabilities, unknown, features, prior } = this.files;
    const values = this.#run(pixels);
    const take = (output: { name: string } | null): number[] | null => (output === null ? null : checked(output.name, values.shift()));
    const [scores, rest, seen] = [take(probabilities), take(unknown), take(features)];
    if (probabilities !== null && scores?.length !== this.metadata.channels.length) {
      throw broken(`${probabilities.name} gave [${(scores ?? []).slice(0, SHOWN).join(', ')}]`);
    }
    if (features !== null && seen?.length !== prior?.layout.features) {
      throw broken(`${features.name} gave ${seen?.length ?? 0} numbers`);
    }
    const place = prior === null || seen === null ? {} : { place: placeOf(prior, seen) };
    return Promise.resolve({ probabilities: scores ?? [], unknown: rest?.[0] ?? null, ...place });
  }

  /**
   * Which parts of a picture speak for a channel; null for a model that cannot tell. Runs the network once more, beside
   * the plan: who does not ask pays nothing.
   */
  explain(picture: Picture, target: Target): Explained | null {
    const { heat, metadata, ...files } = this.files;
    if (heat === null || metadata.heat === null) {
      return null;
    }
    const box = bakedBars(picture);
    const values = this.#values(fit(picture, box, metadata.input));
    try {
      const cells = explain(this.model, { ...files, metadata, heat }, metadata.heat, values, target);
      return { cells, grid: metadata.input, picture, box };
    } catch (error) {
      throw error instanceof ClassifyError ? error : broken(messageOf(error));
    }
  }

  #values(pixels: Uint8Array): TypedArray {
    return this.files.pixels.dtype === 'int32' ? new Int32Array(pixels) : new Float32Array(pixels);
  }

  /** The values of the outputs that there are: probabilities, unknown and features. */
  #run(pixels: Uint8Array): number[][] {
    const values = this.#values(pixels);
    try {
      this.#plan ??= this.#write(values);
      return this.#plan.run(values).map((output) => Array.from(output));
    } catch (error) {
      throw broken(messageOf(error));
    }
  }

  /** Writes the plan down, which takes one run of the graph. */
  #write(values: TypedArray): Plan {
    const { height, width } = this.metadata.input;
    const { pixels, probabilities, unknown, features } = this.files;
    const names = [probabilities, unknown, features].flatMap((output) => (output === null ? [] : [output.name]));
    const input = tensor(values, [1, height, width, 3], pixels.dtype);
    let outputs: Tensor[] = [];
    try {
      return new Plan(input, () => (outputs = [this.model.execute({ [pixels.name]: input }, names)].flat()));
    } finally {
      dispose([input, ...outputs]);
    }
  }

  dispose(): void {
    this.#plan?.dispose();
    this.#plan = null;
    this.model.dispose();
  }
}

function checked(name: string, values: number[] = []): number[] {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw broken(`${name} gave [${values.slice(0, SHOWN).join(', ')}]`);
  }
  return values;
}

let backendPath: string | null = null;

const backend = lazy(async () => {
  // Without this, threads are probed for in ways that a service worker does not have, and setBackend gives false.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await setBackend('wasm'))) {
    throw new Error('WebAssembly did not start');
  }
});

/** Starts WebAssembly once for all models; its path cannot change afterwards. */
async function startBackend(wasmPath: string): Promise<void> {
  if (backendPath !== wasmPath) {
    backendPath = wasmPath;
    setWasmPaths(wasmPath);
  }
  await backend();
}
