/** A store of one value in memory, as JSON, with what a test wants to know of it. */

import type { Keeper } from '../../../extension/src/background/session-store.ts';

export interface TestKeeper extends Keeper {
  /** Everything that was written, the last one last. */
  readonly saved: unknown[];
  loads: number;
}

export function keep(stored?: unknown): TestKeeper {
  const keeper: TestKeeper = {
    saved: [],
    loads: 0,
    load: () => {
      keeper.loads++;
      return Promise.resolve(keeper.saved.at(-1) ?? stored);
    },
    save: (value) => {
      keeper.saved.push(JSON.parse(JSON.stringify(value)));
      return Promise.resolve();
    },
  };
  return keeper;
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
