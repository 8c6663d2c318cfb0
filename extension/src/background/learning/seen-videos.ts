/** Which videos browsing has learnt from since the browser began: each of them once. */

import { type StorageSlot, SessionStore } from '../session-store.ts';
import { isVideoId } from '../../shared/thumbnails.ts';

const MOST = 5000; // the oldest are forgotten

export class SeenVideos {
  readonly #store: SessionStore<Set<string>>;

  constructor(slot: StorageSlot) {
    this.#store = new SessionStore(slot, parse, (videos) => [...videos]);
  }

  /** Whether a video is met for the first time. */
  async isNew(video: string): Promise<boolean> {
    const isNew = !(await this.#store.get()).has(video);
    if (isNew) {
      await this.#store.change((videos) => {
        videos.add(video);
        [...videos].slice(0, Math.max(0, videos.size - MOST)).forEach((oldest) => videos.delete(oldest));
      });
    }
    return isNew;
  }

  async clear(): Promise<void> {
    await this.#store.change((videos) => videos.clear());
  }
}

function parse(stored: unknown): Set<string> {
  const videos = Array.isArray(stored) ? stored.filter((video) => typeof video === 'string' && isVideoId(video)) : [];
  return new Set((videos as string[]).slice(-MOST));
}
