/** Where what was learnt is kept: IndexedDB, each change in one transaction. */

import { inTransaction } from '../database.ts';
import { readState } from './learnt-records.ts';
import type { LearntState } from './learnt-state.ts';

export interface ChannelStore {
  load(): Promise<LearntState>;
  /** Stores what is different; false, and nothing is stored, where something else was stored since `before`. */
  replace(before: LearntState, after: LearntState): Promise<boolean>;
}

const CHANNELS = 'channels';
const LEARNING = 'learning';

/** Everything but the channels, under its own name: a part that did not change is not written. */
const PARTS = {
  state: ({ revision, corrections, others, unfitted, forgotten, done }: LearntState) => ({
    revision,
    corrections,
    others,
    unfitted,
    forgotten,
    done,
  }),
  head: ({ head }: LearntState) => head,
  undo: ({ undo }: LearntState) => undo,
} as const;

export const indexedDbChannels: ChannelStore = {
  async load() {
    return inTransaction([CHANNELS, LEARNING], 'readonly', (transaction) => {
      const channels = transaction.objectStore(CHANNELS).getAll() as IDBRequest<unknown[]>;
      const [state, head, undo] = (['state', 'head', 'undo'] as const).map(
        (part) => transaction.objectStore(LEARNING).get(part) as IDBRequest<unknown>,
      );
      return () => readState({ channels: channels.result, state: state?.result, head: head?.result, undo: undo?.result });
    });
  },
  async replace(before, after) {
    return inTransaction([CHANNELS, LEARNING], 'readwrite', (transaction) => {
      let isCurrent = false;
      const state = transaction.objectStore(LEARNING).get('state') as IDBRequest<unknown>;
      state.onsuccess = () => {
        isCurrent = revisionOf(state.result) === before.revision;
        if (isCurrent) {
          write(transaction, before, after);
        }
      };
      return () => isCurrent;
    });
  },
};

/** Of a damaged state 0, as `readState` makes it. */
function revisionOf(state: unknown): number {
  return readState({ channels: [], state, head: undefined, undo: undefined }).revision;
}

function write(transaction: IDBTransaction, before: LearntState, after: LearntState): void {
  const [channels, learning] = [transaction.objectStore(CHANNELS), transaction.objectStore(LEARNING)];
  for (const key of before.channels.keys()) {
    if (!after.channels.has(key)) {
      channels.delete(key);
    }
  }
  for (const [key, record] of after.channels) {
    if (before.channels.get(key) !== record) {
      channels.put(record, key);
    }
  }
  learning.put(PARTS.state(after), 'state');
  for (const part of ['head', 'undo'] as const) {
    if (before[part] !== after[part]) {
      learning.put(PARTS[part](after), part);
    }
  }
}
