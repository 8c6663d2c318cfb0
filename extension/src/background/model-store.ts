/** Where a downloaded model is kept: IndexedDB, every file under its name, all of them or none. */

import type { ModelSource } from '../model/model-files.ts';

/** A place for one model. */
export interface ModelStore extends ModelSource {
  /** Puts these files in place of all others, or rejects and changes nothing. */
  replace(files: ReadonlyMap<string, ArrayBuffer>): Promise<void>;
  clear(): Promise<void>;
}

const DATABASE = 'thumbprint';
const VERSION = 1;
const FILES = 'model';

/** The store in the browser; every call opens the database and closes it, because calls are few and far between. */
export const indexedDbStore: ModelStore = {
  async read(name) {
    const value = await inTransaction('readonly', (files) => files.get(name) as IDBRequest<unknown>);
    return value instanceof ArrayBuffer ? value : null;
  },
  async replace(files) {
    await inTransaction('readwrite', (stored) => {
      const cleared = stored.clear();
      for (const [name, bytes] of files) {
        stored.put(bytes, name);
      }
      return cleared;
    });
  },
  async clear() {
    await inTransaction('readwrite', (stored) => stored.clear());
  },
};

/** Gives the result of a request once the transaction around it is complete; its failure undoes everything in it. */
async function inTransaction<T>(mode: IDBTransactionMode, ask: (files: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    const transaction = database.transaction(FILES, mode);
    const request = ask(transaction.objectStore(FILES));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(errorOf(transaction.error));
    });
    return request.result;
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(FILES);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(errorOf(request.error));
  });
}

function errorOf(error: DOMException | null): Error {
  return error ?? new Error('the database gave up');
}
