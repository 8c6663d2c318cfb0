/**
 * The scores of pictures that were classified before, and their places, under the version of the model; the least used
 * leave first. What was learnt meanwhile is asked of the place anew.
 */

import type { Scores } from '../model/style-prior.ts';
import { fromBase64, toBase64 } from '../shared/base64.ts';
import { isObject } from '../shared/messages.ts';
import { type StorageSlot, SessionStore } from './session-store.ts';

export const MAX_ENTRIES = 500;
const MAX_KEY_LENGTH = 2048;

/** Under which name the scores of a picture are kept, of a model. */
export function keyOf({ key }: { readonly key: string }, { version }: { readonly version: string }): string {
  return `${version}:${key}`;
}

export class ScoreCache {
  readonly #store: SessionStore<Map<string, Scores>>;

  constructor(slot: StorageSlot) {
    this.#store = new SessionStore(slot, parseEntries, toEntries);
  }

  /** The scores under a key, null where there are none or not for so many channels and components of a place. */
  async get(key: string, channels: number, components = 0): Promise<Scores | null> {
    const entries = await this.#store.get();
    const scores = entries.get(key);
    if (scores?.probabilities.length !== channels || (scores.place?.length ?? 0) !== components) {
      return null;
    }
    // A map keeps the order of insertion: the first key is the one that was used longest ago.
    entries.delete(key);
    entries.set(key, scores);
    return scores;
  }

  async set(key: string, scores: Scores): Promise<void> {
    if (key.length > MAX_KEY_LENGTH) {
      return;
    }
    await this.#store.change((entries) => {
      entries.delete(key);
      entries.set(key, scores);
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_ENTRIES) {
          break;
        }
        entries.delete(oldest);
      }
    });
  }

  async clear(): Promise<void> {
    await this.#store.change((entries) => entries.clear());
  }
}

/** As it is stored, `[key, scores]` pairs: a place as text, in which it takes the least room. */
function toEntries(entries: ReadonlyMap<string, Scores>): unknown[] {
  return Array.from(entries, ([key, { place, ...scores }]) => [
    key,
    place === undefined ? scores : { ...scores, place: toBase64(place) },
  ]);
}

/** Reads such pairs, the last used last; whatever is none is left out. */
function parseEntries(stored: unknown): Map<string, Scores> {
  const entries = Array.isArray(stored) ? stored.flatMap(parseEntry) : [];
  return new Map(entries.slice(-MAX_ENTRIES));
}

function parseEntry(entry: unknown): [string, Scores][] {
  const [key, value] = Array.isArray(entry) && entry.length === 2 ? (entry as unknown[]) : [];
  const scores = parseScores(value);
  return typeof key === 'string' && key.length <= MAX_KEY_LENGTH && scores !== null ? [[key, scores]] : [];
}

function parseScores(value: unknown): Scores | null {
  const { probabilities, unknown, place } = isObject(value) ? value : {};
  const levels = typeof place === 'string' ? fromBase64(place) : null;
  const isWhole =
    Array.isArray(probabilities) &&
    (probabilities.length > 0 || levels !== null) &&
    probabilities.every(isShare) &&
    (unknown === null || isShare(unknown)) &&
    (place === undefined || levels !== null);
  return isWhole ? { probabilities, unknown, ...(levels === null ? {} : { place: new Int8Array(levels.buffer) }) } : null;
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
