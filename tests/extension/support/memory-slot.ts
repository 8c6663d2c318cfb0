/** A store of one value in memory, as JSON, with what a test wants to know of it. */

import type { StorageSlot } from '../../../extension/src/background/session-store.ts';

export interface MemorySlot extends StorageSlot {
  /** Everything that was written, the last one last. */
  readonly saved: unknown[];
  loads: number;
}

export function memorySlot(stored?: unknown): MemorySlot {
  const slot: MemorySlot = {
    saved: [],
    loads: 0,
    load: () => {
      slot.loads++;
      return Promise.resolve(slot.saved.at(-1) ?? stored);
    },
    save: (value) => {
      slot.saved.push(JSON.parse(JSON.stringify(value)));
      return Promise.resolve();
    },
  };
  return slot;
}

/** Waits for a condition, at most two seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 2000;
  while (!condition()) {
    if (Date.now() > end) {
      throw new Error(`never came true: ${String(condition)}`);
    }
    await new Promise((done) => setImmediate(done));
  }
}
