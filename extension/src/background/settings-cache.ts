/** The settings as they are now: read once in the worker's life, then kept up to date. */

import { lazy } from '../shared/async.ts';
import type { Settings } from '../shared/settings.ts';

export class SettingsCache {
  readonly #stored: () => Promise<Settings>;
  #changed: Settings | null = null;

  constructor(load: () => Promise<Settings>) {
    this.#stored = lazy(load);
  }

  async get(): Promise<Settings> {
    // Looked at after the wait: a change may have come while the store was read.
    const stored = await this.#stored();
    return this.#changed ?? stored;
  }

  /** Takes what the store holds since a change. */
  follow(settings: Settings): void {
    this.#changed = settings;
  }
}
