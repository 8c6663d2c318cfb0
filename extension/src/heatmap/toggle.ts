/** The switch for the heat of one answer: ask once, show, take off. Knows no DOM, so that Node can test it. */

import type { Heat, HeatReply } from './heatmap.ts';
import { type ClassifyFailure, failure } from '../shared/messages.ts';

export type HeatState = 'off' | 'waiting' | Heat | ClassifyFailure;

export class Explanation {
  readonly #ask: (signal: AbortSignal) => Promise<HeatReply>;
  readonly #show: (state: HeatState) => void;
  #asking: AbortController | null = null;
  #heat: Heat | null = null;
  #isOn = false;

  /** `ask` is called until there is an answer, `show` whenever there is something else to show. */
  constructor(ask: (signal: AbortSignal) => Promise<HeatReply>, show: (state: HeatState) => void) {
    this.#ask = ask;
    this.#show = show;
  }

  /** Switches on or off; after a failure, on again. */
  toggle(): void {
    if (this.#isOn) {
      this.end();
    } else if (this.#heat !== null) {
      this.#isOn = true;
      this.#show(this.#heat);
    } else {
      void this.#begin();
    }
  }

  /** Takes off what is shown and takes back what was asked: a late answer is thrown away. */
  end(): void {
    this.#asking?.abort();
    this.#asking = null;
    if (this.#isOn) {
      this.#isOn = false;
      this.#show('off');
    }
  }

  async #begin(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    this.#isOn = true;
    this.#show('waiting');
    const reply = await this.#ask(asking.signal).catch(failure);
    if (!asking.signal.aborted) {
      this.#asking = null;
      this.#isOn = reply.ok;
      this.#heat = reply.ok ? reply : null;
      this.#show(reply);
    }
  }
}
