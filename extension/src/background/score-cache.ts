/** The scores of pictures that were classified before, under the version of the model; the least used leave first. */

import type { Scores } from '../model/classifier.ts';
import { isObject } from '../shared/messages.ts';
import { type StorageSlot, SessionStore } from './session-store.ts';

export const MAX_ENTRIES = 500;
const MAX_KEY_LENGTH = 2048;

export class ScoreCache {
  readonly #store: SessionStore<Map<string, Scores>>;

  constructor(slot: StorageSlot) {
    this.#store = new SessionStore(slot, parseEntries, (entries) => [...entries]);
  }

  /** The scores under a key, null where there are none or not as many as the model has channels. */
  async get(key: string, channels: number): Promise<Scores | null> {
    const entries = await this.#store.get();
    const scores = entries.get(key);
    if (scores?.probabilities.length !== channels) {
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

/** Reads `[key, scores]` pairs, the last used last; whatever is none is left out. */
function parseEntries(stored: unknown): Map<string, Scores> {
  const entries = Array.isArray(stored) ? stored.filter(isEntry) : [];
  return new Map(entries.slice(-MAX_ENTRIES));
}

function isEntry(entry: unknown): entry is [string, Scores] {
  if (!Array.isArray(entry) || entry.length !== 2) {
    return false;
  }
  const [key, scores] = entry as unknown[];
  return typeof key === 'string' && key.length <= MAX_KEY_LENGTH && isScores(scores);
}

function isScores(value: unknown): value is Scores {
  if (!isObject(value)) {
    return false;
  }
  const { probabilities, unknown } = value;
  return (
    Array.isArray(probabilities) &&
    probabilities.length > 0 &&
    probabilities.every(isShare) &&
    (unknown === null || isShare(unknown))
  );
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
