/** The switch for the heatmap of one answer: ask once, show, hide. Knows no DOM, so that Node can test it. */

import { type ClassifyFailure, failure } from '../shared/messages.ts';
import type { Heatmap, HeatmapReply } from './heatmap.ts';

export type HeatmapState = 'off' | 'waiting' | Heatmap | ClassifyFailure;

export class HeatmapToggle {
  #request: AbortController | null = null;
  #heatmap: Heatmap | null = null;
  #isOn = false;

  /** `ask` is called until there is an answer, `show` whenever there is something else to show. */
  constructor(
    private readonly ask: (signal: AbortSignal) => Promise<HeatmapReply>,
    private readonly show: (state: HeatmapState) => void,
  ) {}

  /** Switches on or off; after a failure, on again. */
  toggle(): void {
    if (this.#isOn) {
      this.end();
    } else if (this.#heatmap !== null) {
      this.#isOn = true;
      this.show(this.#heatmap);
    } else {
      void this.#begin();
    }
  }

  /** Takes off what is shown and takes back what was asked: a late answer is thrown away. */
  end(): void {
    this.#request?.abort();
    this.#request = null;
    if (this.#isOn) {
      this.#isOn = false;
      this.show('off');
    }
  }

  async #begin(): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    this.#isOn = true;
    this.show('waiting');
    const reply = await this.ask(request.signal).catch(failure);
    if (!request.signal.aborted) {
      this.#request = null;
      this.#isOn = reply.ok;
      this.#heatmap = reply.ok ? reply : null;
      this.show(reply);
    }
  }
}
