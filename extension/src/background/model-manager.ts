/** Which model answers: the downloaded one if there is one and it is whole, else the one in the package. */

import type { Classifier } from '../model/classifier.ts';
import type { Metadata } from '../model/metadata.ts';
import { broken } from '../model/broken.ts';
import { type ModelSource, readDescription } from '../model/model-files.ts';
import { lazy, serial } from '../shared/async.ts';
import { ClassifyError, messageOf, type ModelStatus } from '../shared/messages.ts';
import type { ModelStore } from './model-store.ts';

interface Dependencies {
  readonly packaged: ModelSource;
  readonly store: ModelStore;
  readonly load: (source: ModelSource) => Promise<Classifier>;
}

type Origin = ModelStatus['origin'];

/** A classifier that is disposed of when it was replaced and nobody uses it any more. */
class LoadedModel {
  #users = 0;
  #retired = false;

  constructor(readonly classifier: Classifier, readonly origin: Origin) {}

  /** False where it may be gone already. */
  acquire(): boolean {
    this.#users += this.#retired ? 0 : 1;
    return !this.#retired;
  }

  release(): void {
    this.#users--;
    this.#disposeIfDone();
  }

  retire(): void {
    this.#retired = true;
    this.#disposeIfDone();
  }

  #disposeIfDone(): void {
    if (this.#retired && this.#users === 0) {
      this.classifier.dispose();
    }
  }
}

export class ModelManager {
  /** Only one at a time reads the whole store or changes it. */
  readonly #inTurn = serial();
  readonly #first = lazy(() => this.#inTurn(() => this.#start()));
  readonly #description = lazy(() => this.#describe());
  #loaded: LoadedModel | null = null;

  constructor(private readonly deps: Dependencies) {}

  /** Runs a task with the model, loaded and warm. The model stays whole until the task ends. */
  async use<T>(task: (classifier: Classifier, origin: Origin) => Promise<T>): Promise<T> {
    for (;;) {
      const loaded = this.#loaded ?? (await this.#first());
      if (loaded.acquire()) {
        try {
          return await task(loaded.classifier, loaded.origin);
        } finally {
          loaded.release();
        }
      }
    }
  }

  /** The description of the model, without waiting for the model itself where that can be avoided. */
  async metadata(): Promise<Metadata> {
    return (
      this.#loaded?.classifier.metadata ??
      (await this.#description()) ??
      this.use(({ metadata }) => Promise.resolve(metadata))
    );
  }

  async status(): Promise<ModelStatus> {
    return this.use(({ description, bytes }, origin) =>
      Promise.resolve({ ok: true, metadata: description, origin, bytes }),
    );
  }

  /** Takes a downloaded model if it is whole and answers; its version. Rejects and changes nothing otherwise. */
  async install(files: ReadonlyMap<string, ArrayBuffer>): Promise<string> {
    const source = { read: (name: string) => Promise.resolve(files.get(name) ?? null) };
    const loaded = await this.#open(source, 'server', selfTest);
    return this.#inTurn(() => this.#swap(loaded, () => this.deps.store.replace(files)));
  }

  /** Goes back to the model of the package; its version. Rejects and changes nothing where that cannot be used. */
  async revert(): Promise<string> {
    const loaded = await this.#open(this.deps.packaged, 'packaged');
    return this.#inTurn(() => this.#swap(loaded, () => this.deps.store.clear()));
  }

  async #swap(loaded: LoadedModel, store: () => Promise<void>): Promise<string> {
    try {
      await store();
    } catch (error) {
      loaded.retire();
      throw error;
    }
    this.#loaded?.retire();
    this.#loaded = loaded;
    return loaded.classifier.metadata.version;
  }

  async #start(): Promise<LoadedModel> {
    // An installation may have been faster.
    this.#loaded ??= (await this.#openStored()) ?? (await this.#open(this.deps.packaged, 'packaged'));
    return this.#loaded;
  }

  async #openStored(): Promise<LoadedModel | null> {
    const { store } = this.deps;
    try {
      return (await store.read('metadata.json')) === null ? null : await this.#open(store, 'server');
    } catch (error) {
      console.warn('Thumbprint: the downloaded model cannot be used, the packaged one is:', error);
      if (error instanceof ClassifyError && error.reason === 'model-broken') {
        await store.clear().catch((failed: unknown) => {
          console.warn('Thumbprint: the downloaded model stays:', messageOf(failed));
        });
      }
      return null;
    }
  }

  async #open(source: ModelSource, origin: Origin, run = warmUp): Promise<LoadedModel> {
    const classifier = await this.deps.load(source);
    try {
      await run(classifier);
      return new LoadedModel(classifier, origin);
    } catch (error) {
      classifier.dispose();
      throw error;
    }
  }

  /** Null where loading the model will tell what is wrong with it. */
  async #describe(): Promise<Metadata | null> {
    const { store, packaged } = this.deps;
    try {
      const bytes = (await store.read('metadata.json')) ?? (await packaged.read('metadata.json'));
      return bytes === null ? null : readDescription(bytes).metadata;
    } catch {
      return null;
    }
  }
}

async function warmUp(classifier: Classifier): Promise<void> {
  await classifier.warmUp();
}

const SUM_TOLERANCE = 0.01; // weights of half precision

/** Classifies a picture with every level of grey, which warms up as well. Throws a ClassifyError (model-broken). */
async function selfTest(classifier: Classifier): Promise<void> {
  const { height, width } = classifier.metadata.input;
  const sample = Uint8Array.from({ length: height * width * 3 }, (_, i) => i);
  const { probabilities, unknown } = await classifier.classify(sample);
  const sum = probabilities.reduce((total, probability) => total + probability, unknown ?? 0);
  if (!probabilities.every((probability) => probability >= 0) || Math.abs(sum - 1) > SUM_TOLERANCE) {
    throw broken(`the probabilities of a sample are [${probabilities.join(', ')}], together ${sum}`);
  }
}
