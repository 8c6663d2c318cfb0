/** From a picture to the reply: look whether it is known, else fetch, decode, scale and classify it. */

import { ClassifyError, type ClassifyReply, failure, type Reason } from '../shared/messages.ts';
import type { Scores } from '../model/classifier.ts';
import type { Metadata } from '../model/metadata.ts';
import { type Picture, prepare } from '../model/pixels.ts';
import { toResult } from '../model/result.ts';
import type { Cache } from './cache.ts';
import { readDataUrl } from './fetcher.ts';
import type { Models } from './model-manager.ts';
import { isPlaceholder } from './placeholder.ts';
import { Line, Shared, type Turn } from '../shared/async.ts';
import { type Permissions, permittedSource, type Source, thumbnailSource } from './image-source.ts';

export interface Tools extends Permissions {
  readonly models: Pick<Models, 'use' | 'metadata'>;
  readonly cache: Pick<Cache, 'get' | 'set'>;
  readonly fetchPicture: (source: Source, signal: AbortSignal) => Promise<Blob>;
  readonly decode: (blob: Blob) => Promise<Picture>;
}

const MAX_FETCHES = 2;
const MAX_DETAIL = 200; // letters of an address in the log
const AHEAD_MS = 2000; // what was read ahead is for who points at it now

/** These are told to the person and are no trouble of ours. */
const EXPECTED: readonly Reason[] = ['cancelled', 'not-allowed'];

/** Scores with the description of the model that gave them. */
interface Scored {
  readonly scores: Scores;
  readonly metadata: Metadata;
}

type Pixels = Uint8Array<ArrayBuffer>;

/** A picture that is read before it is asked for. */
interface Ahead {
  readonly key: string;
  readonly turn: { order: number; readonly signal: AbortSignal };
  readonly pixels: Promise<Pixels>;
  readonly begun: number;
}

/** Answers for pictures; a promise of an answer never rejects. */
export class Answerer {
  readonly #tools: Tools;
  readonly #fetches = new Line(MAX_FETCHES);
  readonly #inferences = new Line(1);
  readonly #jobs = new Shared<Scored>();
  #ahead: Ahead | null = null;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** Answers for the address of a picture, until the signal. Requests for one picture are joined. */
  async answer(address: string, signal: AbortSignal): Promise<ClassifyReply> {
    const key = thumbnailSource(address)?.url ?? address;
    return this.#reply(address, () => this.#jobs.get(key, signal, (turn) => this.#scoreAddress(address, turn)));
  }

  /** Reads a picture that may be asked for in a moment. Whatever is wrong is told to whoever does ask. */
  async prepare(address: string, signal: AbortSignal): Promise<void> {
    const loading = this.#tools.models.use(() => Promise.resolve());
    await Promise.allSettled([loading, this.#readAhead(address, signal)]);
  }

  /** Answers for a picture that is given as a `data:` address. */
  async answerFile(name: string, data: string): Promise<ClassifyReply> {
    const forever = new AbortController().signal;
    return this.#reply(name, () => this.#jobs.get(data, forever, (turn) => this.#scoreFile(data, turn)));
  }

  async #reply(what: string, score: () => Promise<Scored>): Promise<ClassifyReply> {
    try {
      const { scores, metadata } = await score();
      const { knownRecall } = await this.#tools.settings();
      return toResult(scores, metadata, knownRecall);
    } catch (error) {
      const reply = failure(error);
      if (!EXPECTED.includes(reply.reason)) {
        console.error(`Thumbprint: ${what.slice(0, MAX_DETAIL)} was not classified:`, error);
      }
      return reply;
    }
  }

  async #scoreAddress(address: string, turn: Turn): Promise<Scored> {
    const source = await permittedSource(address, this.#tools);
    const metadata = await this.#tools.models.metadata();
    const known = await this.#tools.cache.get(keyOf(source, metadata), metadata.channels.length);
    if (known !== null) {
      return { scores: known, metadata };
    }
    const scored = await this.#classify(metadata, turn, (current) => this.#pixels(source, current, turn));
    await this.#tools.cache.set(keyOf(source, scored.metadata), scored.scores);
    return scored;
  }

  async #scoreFile(data: string, turn: Turn): Promise<Scored> {
    const read = async (): Promise<Picture> => this.#tools.decode(await readDataUrl(data));
    const metadata = await this.#tools.models.metadata();
    return this.#classify(metadata, turn, async ({ input }) => prepare(await this.#fetches.run(turn, read), input));
  }

  async #readAhead(address: string, signal: AbortSignal): Promise<void> {
    const source = await permittedSource(address, this.#tools);
    const metadata = await this.#tools.models.metadata();
    const key = keyOf(source, metadata);
    if ((await this.#tools.cache.get(key, metadata.channels.length)) === null) {
      const turn = { order: 0, signal };
      const pixels = this.#read(source, metadata, turn);
      this.#ahead = { key, turn, pixels, begun: performance.now() };
      await pixels;
    }
  }

  /** Takes what is read ahead, once; where that was given up, the picture is read now. */
  async #pixels(source: Source, metadata: Metadata, turn: Turn): Promise<Pixels> {
    const ahead = this.#ahead;
    if (ahead?.key === keyOf(source, metadata) && performance.now() - ahead.begun < AHEAD_MS) {
      this.#ahead = null;
      ahead.turn.order = turn.order;
      const pixels = await ahead.pixels.catch((error: unknown) => {
        if (failure(error).reason !== 'cancelled') {
          throw error;
        }
        return null;
      });
      if (pixels !== null) {
        return pixels;
      }
    }
    return this.#read(source, metadata, turn);
  }

  /** Scaled at once: what waits is a twentieth of a decoded picture. */
  async #read(source: Source, { input }: Metadata, turn: Turn): Promise<Pixels> {
    return prepare(await this.#fetchPicture(source, turn), input);
  }

  async #fetchPicture(source: Source, turn: Turn): Promise<Picture> {
    return this.#fetches.run(turn, async () => {
      const picture = await this.#tools.decode(await this.#tools.fetchPicture(source, turn.signal));
      if (source.thumbnail !== null && isPlaceholder(picture, source.thumbnail)) {
        throw new ClassifyError('placeholder');
      }
      return picture;
    });
  }

  /** Gets a picture while the model is loaded, and classifies it in its turn. */
  async #classify(
    expected: Metadata,
    turn: Turn,
    read: (metadata: Metadata) => Promise<Pixels>,
  ): Promise<Scored> {
    const { models } = this.#tools;
    const loading = models.use(() => Promise.resolve());
    const [pixels] = await Promise.all([read(expected), loading]);
    const scored = await models.use(async (classifier) => {
      const { metadata } = classifier;
      return metadata.version === expected.version
        ? { metadata, scores: await this.#inferences.run(turn, () => classifier.classify(pixels)) }
        : null;
    });
    // Another model came meanwhile: it may want another size.
    return scored ?? this.#classify(await models.metadata(), turn, read);
  }
}

function keyOf({ key }: Source, { version }: Metadata): string {
  return `${version}:${key}`;
}
