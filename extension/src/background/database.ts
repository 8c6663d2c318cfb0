/** The browser's database of the extension: one transaction at a time, all of it or nothing. */

import { ClassifyError } from '../shared/messages.ts';

const DATABASE = 'thumbprint';
const VERSION = 2;

/** The stores, each with the version that brought it: what older ones hold stays as it is. */
const STORES = [
  { name: 'model', since: 1 },
  { name: 'channels', since: 2 },
  { name: 'learning', since: 2 },
] as const;

type StoreName = (typeof STORES)[number]['name'];

/**
 * Asks in one transaction; `ask` gives a function that takes the results once all of it is complete. A failure undoes
 * everything in it. Throws a ClassifyError (quota) where the browser has no room. Opened and closed by every call,
 * because calls are few and far between.
 */
export async function inTransaction<T>(
  names: readonly StoreName[],
  mode: IDBTransactionMode,
  ask: (transaction: IDBTransaction) => () => T,
): Promise<T> {
  const database = await open();
  try {
    const transaction = database.transaction(names, mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(errorOf(transaction.error));
    });
    done.catch(() => undefined); // awaited below, unless `ask` throws first
    const take = askIn(transaction, ask);
    await done;
    return take();
  } finally {
    database.close();
  }
}

/** What throws in the middle has changed nothing. */
function askIn<T>(transaction: IDBTransaction, ask: (transaction: IDBTransaction) => () => T): () => T {
  try {
    return ask(transaction);
  } catch (error) {
    transaction.abort();
    throw error;
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = ({ oldVersion }) => {
      STORES.filter(({ since }) => since > oldVersion).forEach(({ name }) => request.result.createObjectStore(name));
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(errorOf(request.error));
  });
}

function errorOf(error: DOMException | null): Error {
  return error?.name === 'QuotaExceededError' ? new ClassifyError('quota') : (error ?? new Error('the database gave up'));
}
