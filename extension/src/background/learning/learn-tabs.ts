/** Tabs that were opened to learn a channel in, until their page has asked. */

import type { ChannelIdentity } from '../../shared/learning.ts';
import { ClassifyError } from '../../shared/messages.ts';
import { type StorageSlot, SessionStore } from '../session-store.ts';

const MOST = 20;

export class LearnTabs {
  readonly #store: SessionStore<number[]>;
  /** Until a tab that is being opened is noted. */
  #opening: Promise<unknown> = Promise.resolve();

  /** `openTab` gives the tab that it opened. */
  constructor(slot: StorageSlot, private readonly openTab: (url: string) => Promise<number | undefined>) {
    this.#store = new SessionStore(slot, parse, (tabs) => tabs);
  }

  /** Opens the page of a channel. Throws a ClassifyError (gone) where only its name is known. */
  async open(channel: ChannelIdentity): Promise<void> {
    const url = channelPage(channel);
    const opening = this.openTab(url).then((tab) =>
      tab === undefined ? undefined : this.#store.change((tabs) => tabs.splice(0, tabs.length, ...[...tabs, tab].slice(-MOST))),
    );
    this.#opening = opening.catch(() => undefined);
    await opening;
  }

  /** Whether a tab was opened so; says so once. */
  async begins(tab: number): Promise<boolean> {
    await this.#opening;
    const isNoted = (await this.#store.get()).includes(tab);
    if (isNoted) {
      await this.#store.change((tabs) => tabs.splice(0, tabs.length, ...tabs.filter((other) => other !== tab)));
    }
    return isNoted;
  }
}

/** The list of a channel's videos. */
export function channelPage({ id, handle }: ChannelIdentity): string {
  if (id === '' && handle === '') {
    throw new ClassifyError('gone');
  }
  const path = id === '' ? `@${encodeURIComponent(handle)}` : `channel/${id}`;
  return `https://www.youtube.com/${path}/videos`;
}

function parse(stored: unknown): number[] {
  return Array.isArray(stored) ? stored.filter((tab): tab is number => Number.isInteger(tab)).slice(-MOST) : [];
}
