/** How many thumbnails of a tab are marked, for its icon: the frames of a page are added up. */

import type { Sender } from '../shared/browser.ts';
import { type StorageSlot, SessionStore } from './session-store.ts';

const MAX_FRAMES = 500; // of all tabs: the oldest are forgotten
const MOST = 999; // what has room on the icon

interface FrameCount {
  readonly tab: number;
  readonly frame: number;
  readonly count: number;
}

export class GlanceCounts {
  readonly #store: SessionStore<FrameCount[]>;

  /** `show` writes onto the icon of a tab. */
  constructor(slot: StorageSlot, private readonly show: (tab: number, text: string) => Promise<void>) {
    this.#store = new SessionStore(slot, parseCounts, (counts) => counts);
  }

  /** Notes the count of a frame; null where its page begins or is marked no more, and with it all frames inside. */
  async note({ tab, frame }: Sender, count: number | null): Promise<void> {
    if (tab === undefined || frame === undefined) {
      return; // no page of a tab
    }
    await this.#store.change((counts) => {
      const gone = (one: FrameCount): boolean => one.tab === tab && (one.frame === frame || (count === null && frame === 0));
      const others = counts.filter((one) => !gone(one));
      counts.splice(0, counts.length, ...others, ...(count === null ? [] : [{ tab, frame, count }]));
      counts.splice(0, counts.length - MAX_FRAMES);
    });
    const own = (await this.#store.get()).filter((one) => one.tab === tab);
    await this.show(tab, textOf(own.reduce((sum, one) => sum + one.count, 0)));
  }
}

/** What the icon says of so many. */
export function textOf(count: number): string {
  return count === 0 ? '' : count > MOST ? `${MOST}+` : String(count);
}

function parseCounts(stored: unknown): FrameCount[] {
  return Array.isArray(stored) ? stored.filter(isCount).slice(-MAX_FRAMES) : [];
}

function isCount(value: unknown): value is FrameCount {
  const { tab, frame, count } = (value ?? {}) as Record<string, unknown>;
  return [tab, frame, count].every(Number.isInteger);
}
