/** Hosts of pictures that were pointed at and may not be read yet, so that the popup can ask for them. */

import { ClassifyError } from '../shared/messages.ts';
import { isPublic, type ImageSource } from './image-source.ts';
import { type StorageSlot, SessionStore } from './session-store.ts';

export const MAX_HOSTS = 5;

type MayRead = (origin: string) => Promise<boolean>;

export class HostPermissions {
  readonly #store: SessionStore<string[]>;

  constructor(slot: StorageSlot, private readonly mayRead: MayRead) {
    this.#store = new SessionStore(slot, parseHosts, (hosts) => hosts);
  }

  /** Throws a ClassifyError (not-allowed) and notes the host, unless the person has allowed it. */
  async check({ url }: ImageSource): Promise<void> {
    const { origin, host } = new URL(url);
    if (await this.mayRead(origin)) {
      return;
    }
    const hosts = await this.#store.get();
    if (hosts[0] !== host) {
      await this.#store.change((all) => {
        const others = all.filter((other) => other !== host);
        all.splice(0, all.length, host, ...others.slice(0, MAX_HOSTS - 1));
      });
    }
    throw new ClassifyError('not-allowed', host);
  }

  /** Whether a picture may come from an address. */
  async allows(url: URL): Promise<boolean> {
    return isPublic(url) && this.mayRead(url.origin);
  }

  /** The last one first, without those that were allowed since. */
  async hosts(): Promise<string[]> {
    const hosts = await this.#store.get();
    const allowed = await Promise.all(hosts.map((host) => this.mayRead(`https://${host}`)));
    return hosts.filter((_, i) => !allowed[i]);
  }
}

function parseHosts(stored: unknown): string[] {
  return Array.isArray(stored) ? stored.filter((host) => typeof host === 'string').slice(0, MAX_HOSTS) : [];
}
