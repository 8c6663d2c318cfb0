/** From a picture to the reply: its scores from the cache, else fetch, decode, scale and classify it. */

import type { Scores } from '../model/style-prior.ts';
import { type Beside, joinScores } from '../model/join.ts';
import type { Metadata } from '../model/metadata.ts';
import { type Picture, preprocess } from '../model/pixels.ts';
import { LimitedQueue, SingleFlight, type Priority } from '../shared/async.ts';
import { ClassifyError, type ClassifyReply, failure, type Reason } from '../shared/messages.ts';
import { readDataUrl } from './fetcher.ts';
import { type Permissions, permittedSource, type ImageSource, pictureSource, thumbnailSource } from './image-source.ts';
import type { ModelManager } from './model-manager.ts';
import { isPlaceholder } from './placeholder.ts';
import { keyOf, type ScoreCache } from './score-cache.ts';

export interface Dependencies extends Permissions {
  readonly models: Pick<ModelManager, 'use' | 'metadata'>;
  readonly cache: Pick<ScoreCache, 'get' | 'set'>;
  /** What was learnt here, and what a person said. */
  readonly learnt: {
    readonly knows: (metadata: Metadata) => Promise<boolean>;
    readonly beside: (scores: Scores, metadata: Metadata, source: ImageSource | null) => Promise<Beside>;
  };
  readonly fetchPicture: (source: ImageSource, signal: AbortSignal) => Promise<Blob>;
  readonly decode: (blob: Blob) => Promise<Picture>;
}

const MAX_FETCHES = 2;
const MAX_GLANCE_FETCHES = 4;
const MAX_DETAIL = 200; // letters of an address in the log
const PREFETCH_MS = 2000; // what was prefetched is for who points at it now

/** The page shows these to the person; they are not worth a line in the log. */
const EXPECTED: readonly Reason[] = ['cancelled', 'not-allowed', 'no-channels'];

/** Scores with the description of the model that gave them. */
interface Scored {
  readonly scores: Scores;
  readonly metadata: Metadata;
}

type Pixels = Uint8Array<ArrayBuffer>;

/** A picture that is read before it is asked for. */
interface Prefetched {
  readonly key: string;
  readonly priority: { order: number; readonly signal: AbortSignal };
  readonly pixels: Promise<Pixels>;
  readonly begun: number;
}

/** Classifies pictures; a promise of a reply never rejects. */
export class ClassifyService {
  readonly #fetches = new LimitedQueue(MAX_FETCHES);
  /** Of their own, so that who points at a thumbnail never waits for one of these. */
  readonly #glanceFetches = new LimitedQueue(MAX_GLANCE_FETCHES);
  readonly #inferences = new LimitedQueue(1);
  readonly #jobs = new SingleFlight<Scored>();
  #prefetched: Prefetched | null = null;

  constructor(private readonly deps: Dependencies) {}

  /**
   * Classifies the picture at an address, until the signal. Requests for one picture are joined. Where no channel is
   * known, nothing is fetched.
   */
  async classify(address: string, signal: AbortSignal): Promise<ClassifyReply> {
    const key = thumbnailSource(address)?.url ?? address;
    return this.#reply(address, sourceOf(address), () => this.#jobs.get(key, signal, (priority) => this.#scoreAddress(address, priority)));
  }

  /**
   * Classifies a thumbnail that nobody points at, after all that somebody does. It is read also where no channel is
   * known: this may be the first that one is learnt from.
   */
  async glance(address: string, signal: AbortSignal): Promise<ClassifyReply> {
    return this.#reply(address, sourceOf(address), () => this.scores(address, signal));
  }

  /** What the model says of a thumbnail that nobody points at. */
  async scores(address: string, signal: AbortSignal): Promise<Scored> {
    const key = thumbnailSource(address)?.url ?? address;
    const work = (priority: Priority): Promise<Scored> => this.#scoreAddress(address, priority, this.#glanceFetches);
    return this.#jobs.get(key, signal, work, true);
  }

  /** What the model says of a picture that is given as a `data:` address. */
  async fileScores(data: string, signal: AbortSignal): Promise<Scored> {
    return this.#jobs.get(data, signal, (priority) => this.#scoreFile(data, priority));
  }

  /** Reads a picture that may be asked for in a moment. The request for it, if one follows, is told what went wrong. */
  async prefetch(address: string, signal: AbortSignal): Promise<void> {
    const loading = this.deps.models.use(() => Promise.resolve());
    await Promise.allSettled([loading, this.#prefetch(address, signal)]);
  }

  /** Classifies a picture that is given as a `data:` address. */
  async classifyFile(name: string, data: string): Promise<ClassifyReply> {
    const forever = new AbortController().signal;
    return this.#reply(name, null, () => this.fileScores(data, forever));
  }

  async #reply(what: string, source: ImageSource | null, score: () => Promise<Scored>): Promise<ClassifyReply> {
    try {
      const { scores, metadata } = await score();
      const { learnt, said } = await this.deps.learnt.beside(scores, metadata, source);
      if (metadata.channels.length + (learnt?.channels.length ?? 0) === 0) {
        throw new ClassifyError('no-channels');
      }
      const { knownRecall } = await this.deps.settings();
      return joinScores(scores, metadata, learnt, said, knownRecall);
    } catch (error) {
      const reply = failure(error);
      if (!EXPECTED.includes(reply.reason)) {
        console.error(`Thumbprint: ${what.slice(0, MAX_DETAIL)} was not classified:`, error);
      }
      return reply;
    }
  }

  async #scoreAddress(address: string, priority: Priority, fetches = this.#fetches): Promise<Scored> {
    const source = await permittedSource(address, this.deps);
    const metadata = await this.deps.models.metadata();
    if (fetches === this.#fetches) {
      await this.#checkKnows(metadata);
    }
    const known = await this.#cached(source, metadata);
    if (known !== null) {
      return { scores: known, metadata };
    }
    const scored = await this.#infer(metadata, priority, (current) => this.#pixels(source, current, priority, fetches));
    await this.deps.cache.set(keyOf(source, scored.metadata), scored.scores);
    return scored;
  }

  #cached(source: ImageSource, metadata: Metadata): Promise<Scores | null> {
    return this.deps.cache.get(keyOf(source, metadata), metadata.channels.length, metadata.features?.prior.components);
  }

  /** Throws a ClassifyError (no-channels) where nothing could be said of any picture. */
  async #checkKnows(metadata: Metadata): Promise<void> {
    if (!(await this.deps.learnt.knows(metadata))) {
      throw new ClassifyError('no-channels');
    }
  }

  async #scoreFile(data: string, priority: Priority): Promise<Scored> {
    const read = async (): Promise<Picture> => this.deps.decode(await readDataUrl(data));
    const metadata = await this.deps.models.metadata();
    return this.#infer(metadata, priority, async ({ input }) =>
      preprocess(await this.#fetches.run(priority, read), input),
    );
  }

  async #prefetch(address: string, signal: AbortSignal): Promise<void> {
    const source = await permittedSource(address, this.deps);
    const metadata = await this.deps.models.metadata();
    await this.#checkKnows(metadata);
    const key = keyOf(source, metadata);
    if ((await this.#cached(source, metadata)) === null) {
      const priority = { order: 0, signal };
      const pixels = this.#read(source, metadata, priority, this.#fetches);
      this.#prefetched = { key, priority, pixels, begun: performance.now() };
      await pixels;
    }
  }

  /** Takes what was prefetched, once; where that was cancelled, the picture is read now. */
  async #pixels(source: ImageSource, metadata: Metadata, priority: Priority, fetches: LimitedQueue): Promise<Pixels> {
    const prefetched = this.#prefetched;
    if (prefetched?.key === keyOf(source, metadata) && performance.now() - prefetched.begun < PREFETCH_MS) {
      this.#prefetched = null;
      prefetched.priority.order = priority.order;
      const pixels = await prefetched.pixels.catch((error: unknown) => {
        if (failure(error).reason !== 'cancelled') {
          throw error;
        }
        return null;
      });
      if (pixels !== null) {
        return pixels;
      }
    }
    return this.#read(source, metadata, priority, fetches);
  }

  /** Scaled at once: what waits is a twentieth of a decoded picture. */
  async #read(source: ImageSource, { input }: Metadata, priority: Priority, fetches: LimitedQueue): Promise<Pixels> {
    return preprocess(await this.#fetchPicture(source, priority, fetches), input);
  }

  async #fetchPicture(source: ImageSource, priority: Priority, fetches: LimitedQueue): Promise<Picture> {
    return fetches.run(priority, async () => {
      const picture = await this.deps.decode(await this.deps.fetchPicture(source, priority.signal));
      if (source.thumbnail !== null && isPlaceholder(picture, source.thumbnail)) {
        throw new ClassifyError('placeholder');
      }
      return picture;
    });
  }

  /** Gets a picture while the model is loaded, and classifies it by its priority. */
  async #infer(expected: Metadata, priority: Priority, read: (metadata: Metadata) => Promise<Pixels>): Promise<Scored> {
    const { models } = this.deps;
    const loading = models.use(() => Promise.resolve());
    const [pixels] = await Promise.all([read(expected), loading]);
    const scored = await models.use(async (classifier) => {
      const { metadata } = classifier;
      return metadata.version === expected.version
        ? { metadata, scores: await this.#inferences.run(priority, () => classifier.classify(pixels)) }
        : null;
    });
    // Another model came meanwhile: it may want another size.
    return scored ?? this.#infer(await models.metadata(), priority, read);
  }
}

function sourceOf(address: string): ImageSource | null {
  return thumbnailSource(address) ?? pictureSource(address);
}
