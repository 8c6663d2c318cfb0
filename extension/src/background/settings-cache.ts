/** The settings as they are now: read once in the worker's life, then told of every change. */

import { type Settings, storedSettings } from '../shared/settings.ts';
import { lazy } from '../shared/async.ts';

export class Choices {
  readonly #stored: () => Promise<Settings>;
  #changed: Settings | null = null;

  constructor(load: () => Promise<unknown>) {
    this.#stored = lazy(async () => storedSettings(await load()));
  }

  async get(): Promise<Settings> {
    // Looked at after the wait: a change may have come while the store was read.
    const stored = await this.#stored();
    return this.#changed ?? stored;
  }

  /** Takes what the store holds since a change. */
  follow(value: unknown): void {
    this.#changed = storedSettings(value);
  }
}
