/** The channels that are known, as the background last said: asked when a page opens, is shown again or has changed them. */

import type { ChannelsReply, Learnt } from '../shared/learning.ts';
import { askChannels } from './learn-client.ts';
import { rerender } from './page.ts';

export class KnownChannels {
  #reply: Learnt<ChannelsReply> | null = null;
  #asked = 0;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') {
        void this.refresh();
      }
    });
  }

  /** Null until the first answer is there. */
  get reply(): Learnt<ChannelsReply> | null {
    return this.#reply;
  }

  /** Asks again, and renders the page; of several questions the last one's answer stays. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    const reply = await askChannels();
    if (asked === this.#asked) {
      this.#reply = reply;
      rerender();
    }
  }
}
