/**
 * The life of a badge: the pointer rests on a thumbnail, the background is asked, the answer is shown until it leaves.
 *
 * Knows neither the DOM nor the browser, so that Node can test what must never happen: an answer on another thumbnail.
 */

import { type ClassifyReply, failure } from '../shared/messages.ts';

/** What the pointer is on: two targets are the same if they are the same picture with the same address. */
export interface Hoverable {
  readonly image: object;
  readonly url: string;
}

export interface Actions<T extends Hoverable> {
  readonly ask: (url: string) => Promise<ClassifyReply>;
  /** Called with null while the answer is awaited. */
  readonly show: (target: T, reply: ClassifyReply | null) => void;
  readonly hide: () => void;
}

export const DWELL_MS = 80;

export class Hover<T extends Hoverable> {
  readonly #actions: Actions<T>;
  #target: T | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(actions: Actions<T>) {
    this.#actions = actions;
  }

  get target(): T | null {
    return this.#target;
  }

  /** Tells what the pointer is on now, null for nothing; may be called as often as one likes. */
  point(target: T | null): void {
    if (target?.image === this.#target?.image && target?.url === this.#target?.url) {
      return;
    }
    clearTimeout(this.#timer);
    if (this.#target !== null) {
      this.#actions.hide();
    }
    this.#target = target;
    if (target !== null) {
      this.#timer = setTimeout(() => void this.#rest(target), DWELL_MS);
    }
  }

  async #rest(target: T): Promise<void> {
    this.#actions.show(target, null);
    const reply = await this.#actions.ask(target.url).catch(failure);
    // Every visit has a target object of its own, so a stale answer is told even if the pointer came back.
    if (this.#target === target) {
      this.#actions.show(target, reply);
    }
  }
}
