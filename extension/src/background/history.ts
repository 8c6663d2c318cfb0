/** The last answers, for the popup. */

import { type ClassifyReply, type HistoryEntry, isClassifyReply, isObject, type Reason } from '../shared/messages.ts';
import { thumbnailSource } from './image-source.ts';
import { type StorageSlot, SessionStore } from './session-store.ts';

export const MAX_ENTRIES = 10;

/** These are no answers about a picture: nobody waited, or nothing was looked at. */
const UNRECORDED: readonly Reason[] = ['cancelled', 'not-a-thumbnail', 'not-allowed'];

export class History {
  readonly #store: SessionStore<HistoryEntry[]>;

  constructor(slot: StorageSlot, private readonly now: () => number) {
    this.#store = new SessionStore(slot, parseEntries, (entries) => entries);
  }

  /** The newest first. */
  async entries(): Promise<readonly HistoryEntry[]> {
    return this.#store.get();
  }

  /** Notes an answer about a picture on the web, in place of earlier ones about the same. */
  async addAddress(address: string, reply: ClassifyReply): Promise<void> {
    const key = keyOf(address);
    await this.#add(address, reply, ({ what }) => keyOf(what) !== key);
  }

  /** Notes an answer about a file; two files may share a name. */
  async addFile(name: string, reply: ClassifyReply): Promise<void> {
    await this.#add(name, reply, () => true);
  }

  async clear(): Promise<void> {
    await this.#store.change((entries) => entries.splice(0));
  }

  async #add(what: string, reply: ClassifyReply, keeps: (other: HistoryEntry) => boolean): Promise<void> {
    if (!reply.ok && UNRECORDED.includes(reply.reason)) {
      return;
    }
    const entry = { what, time: this.now(), reply: withoutRest(reply) };
    await this.#store.change((entries) => {
      const others = entries.filter(keeps);
      entries.splice(0, entries.length, entry, ...others.slice(0, MAX_ENTRIES - 1));
    });
  }
}

/** The icon's window needs no names of the less probable channels; with hundreds, they would be written with each answer. */
function withoutRest(reply: ClassifyReply): ClassifyReply {
  return !reply.ok || reply.rest === undefined ? reply : { ...reply, rest: { ...reply.rest, channels: '[]' } };
}

function keyOf(what: string): string {
  return thumbnailSource(what)?.key ?? what;
}

function parseEntries(stored: unknown): HistoryEntry[] {
  return Array.isArray(stored) ? stored.filter(isEntry).slice(0, MAX_ENTRIES) : [];
}

function isEntry(value: unknown): value is HistoryEntry {
  if (!isObject(value)) {
    return false;
  }
  const { what, time, reply } = value;
  return typeof what === 'string' && Number.isFinite(time) && isClassifyReply(reply);
}
