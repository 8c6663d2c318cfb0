/** The places of examples: from the cache, or read again from their videos' thumbnails. */

import type { Metadata } from '../../model/metadata.ts';
import { sha256 } from '../../model/sha256.ts';
import type { Place, Scores } from '../../model/style-prior.ts';
import type { Example } from '../../shared/learning.ts';
import { ClassifyError, type ClassifyFailure, failure, type Reason } from '../../shared/messages.ts';
import { readDataUrl } from '../fetcher.ts';
import type { LearntExample } from './learnt-state.ts';
import { addressOf } from './picture-name.ts';
import { keyOf, type ScoreCache } from '../score-cache.ts';

interface Scored {
  readonly scores: Scores;
  readonly metadata: Metadata;
}

interface Dependencies {
  readonly classifyService: {
    readonly scores: (address: string, signal: AbortSignal) => Promise<Scored>;
    readonly fileScores: (data: string, signal: AbortSignal) => Promise<Scored>;
  };
  readonly cache: Pick<ScoreCache, 'get' | 'set'>;
}

/** What could be read, in order, and what went wrong with the others. */
export interface ReadExamples {
  readonly examples: readonly LearntExample[];
  readonly failed: readonly { readonly example: Example; readonly reason: Reason }[];
}

const AT_ONCE = 4;

export class ExampleReader {
  constructor(private readonly deps: Dependencies) {}

  /** Reads examples, a few at a time. Rejects where the signal aborts. */
  async read(examples: readonly Example[], metadata: Metadata, signal: AbortSignal): Promise<ReadExamples> {
    const places: (Place | ClassifyFailure)[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < examples.length; i = next++) {
        signal.throwIfAborted();
        places[i] = await this.#place(examples[i]!, metadata, signal).catch(failure);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    signal.throwIfAborted();
    const all = examples.map((example, i) => ({ example, place: places[i]! }));
    return {
      examples: all.flatMap(({ example, place }) => (place instanceof Int8Array ? [{ example, place }] : [])),
      failed: all.flatMap(({ example, place }) => (place instanceof Int8Array ? [] : [{ example, reason: place.reason }])),
    };
  }

  /** Reads a picture, given as a `data:` address, so that it can be an example: the name of it. */
  async readFile(data: string, signal: AbortSignal): Promise<Example> {
    const blob = await readDataUrl(data);
    const example: Example = `picture:${await sha256(await blob.arrayBuffer())}`;
    const { scores, metadata } = await this.deps.classifyService.fileScores(data, signal);
    if (scores.place === undefined) {
      throw new ClassifyError('cannot-learn');
    }
    await this.deps.cache.set(keyOf({ key: example }, metadata), scores);
    return example;
  }

  async #place(example: Example, metadata: Metadata, signal: AbortSignal): Promise<Place> {
    const address = addressOf(example);
    if (address !== null) {
      return placeOf((await this.deps.classifyService.scores(address, signal)).scores.place, 'cannot-learn');
    }
    const { channels, features } = metadata;
    const scores = await this.deps.cache.get(keyOf({ key: example }, metadata), channels.length, features?.prior.components);
    return placeOf(scores?.place, 'gone');
  }
}

function placeOf(place: Place | undefined, reason: Reason): Place {
  if (place === undefined) {
    throw new ClassifyError(reason);
  }
  return place;
}
