/** Where a downloaded model is kept: IndexedDB, every file under its name, all of them or none. */

import type { ModelSource } from '../model/model-files.ts';
import { inTransaction } from './database.ts';

/** A place for one model. */
export interface ModelStore extends ModelSource {
  /** Puts these files in place of all others, or rejects and changes nothing. */
  replace(files: ReadonlyMap<string, ArrayBuffer>): Promise<void>;
  clear(): Promise<void>;
}

const FILES = 'model';

/** The store in the browser. */
export const indexedDbStore: ModelStore = {
  async read(name) {
    const value = await inTransaction([FILES], 'readonly', (transaction) => {
      const request = transaction.objectStore(FILES).get(name) as IDBRequest<unknown>;
      return () => request.result;
    });
    return value instanceof ArrayBuffer ? value : null;
  },
  async replace(files) {
    await inTransaction([FILES], 'readwrite', (transaction) => {
      const stored = transaction.objectStore(FILES);
      stored.clear();
      for (const [name, bytes] of files) {
        stored.put(bytes, name);
      }
      return () => undefined;
    });
  },
  async clear() {
    await inTransaction([FILES], 'readwrite', (transaction) => {
      transaction.objectStore(FILES).clear();
      return () => undefined;
    });
  },
};
