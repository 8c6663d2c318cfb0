/** A browser that has no room left for what the extension stores. */
import type { CDPSession, Page } from 'puppeteer-core';
import type { Preferences } from './browser.ts';
import type { Stage } from './stage.ts';

/** Little enough to be filled at once. */
const ROOM_KB = 12 * 1024;

/** Firefox takes the bound of all sites as it starts; a single one gets a fifth of it, and no less than 10 MB. */
export const LITTLE_ROOM: Preferences = { 'dom.quotaManager.temporaryStorage.fixedLimit': 5 * ROOM_KB };

/** What little room a browser has, to be filled and made again. */
export class Room {
  private constructor(private readonly page: Page, private readonly session: CDPSession | null) {}

  /**
   * As seen from a page of the extension, which stays open. Before anything is stored: what Chromium once knew of its
   * room it believes for half a minute.
   */
  static async bound({ name }: Stage, page: Page): Promise<Room> {
    if (name === 'firefox') return new Room(page, null);
    const session = await page.createCDPSession();
    const { protocol, host } = new URL(page.url());
    await session.send('Storage.overrideQuotaForOrigin', { origin: `${protocol}//${host}`, quotaSize: ROOM_KB * 1024 });
    return new Room(page, session);
  }

  async fill(): Promise<void> {
    await this.page.evaluate(FILL);
  }

  async empty(): Promise<void> {
    await this.session?.detach();
    await this.page.evaluate(EMPTY);
  }
}

/**
 * Ever smaller pieces of random bytes, until not even the smallest has room; Firefox closes a database that has met its
 * bound, so each is opened anew. As text: what the test's compiler adds to functions is not there.
 */
const FILL = `(async () => {
  const open = () => new Promise((resolve, reject) => {
    const request = indexedDB.open('filler', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('pieces', { autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const put = async (size) => {
    const piece = new Uint8Array(size);
    for (let i = 0; i < size; i += 65536) crypto.getRandomValues(piece.subarray(i, i + 65536));
    const database = await open();
    const transaction = database.transaction('pieces', 'readwrite');
    transaction.objectStore('pieces').put(piece.buffer);
    const isDone = await new Promise((resolve) => {
      transaction.oncomplete = () => resolve(true);
      transaction.onabort = () => resolve(false);
    });
    database.close();
    return isDone;
  };
  for (let size = 1 << 20; size >= 512; size /= 2) while (await put(size));
})()`;

const EMPTY = `new Promise((resolve, reject) => {
  const request = indexedDB.deleteDatabase('filler');
  request.onsuccess = () => resolve();
  request.onerror = () => reject(request.error);
})`;
