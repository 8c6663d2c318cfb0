/** A value of the worker's memory that survives the worker: loaded once, written back when it changed. */

import { lazy } from '../shared/async.ts';
import { messageOf } from '../shared/messages.ts';

/** Where values are kept between two lives of the worker. */
export interface StorageSlot {
  readonly load: () => Promise<unknown>;
  readonly save: (value: unknown) => Promise<void>;
}

export class SessionStore<T> {
  readonly #ready: () => Promise<T>;
  #dirty = false;
  #writing = false;

  /** `parse` makes the value of what was stored, whatever that is: undefined, damaged or foreign. */
  constructor(
    private readonly slot: StorageSlot,
    parse: (stored: unknown) => T,
    private readonly toJson: (value: T) => unknown,
  ) {
    this.#ready = lazy(async () => parse(await this.#load()));
  }

  async get(): Promise<T> {
    return this.#ready();
  }

  /** Changes the value in place and has it written, soon: many changes make few writes. */
  async change(edit: (value: T) => void): Promise<void> {
    const value = await this.#ready();
    edit(value);
    this.#dirty = true;
    if (!this.#writing) {
      this.#writing = true;
      // Not at once: the answer that made the change goes out first.
      setTimeout(() => void this.#write(value), 0);
    }
  }

  async #write(value: T): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false;
      try {
        await this.slot.save(this.toJson(value));
      } catch (error) {
        console.warn('Thumbprint: answers are kept in memory alone:', messageOf(error));
      }
    }
    this.#writing = false;
  }

  async #load(): Promise<unknown> {
    try {
      return await this.slot.load();
    } catch (error) {
      console.warn('Thumbprint: what was kept cannot be read:', messageOf(error));
      return undefined;
    }
  }
}
