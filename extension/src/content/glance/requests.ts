/** What is asked of the background for a whole page: a few addresses at a time, the nearest first. */

import type { ClassifyReply } from '../../shared/messages.ts';

const IN_FLIGHT = 6; // as many as the background is busy with: what is asked last is nearest then
const MAX_ANSWERS = 1000; // addresses
const RETRIES = 2; // where an answer was refused for others that were more urgent

export interface RequestsOptions {
  readonly ask: (url: string, signal: AbortSignal) => Promise<ClassifyReply>;
  /** The addresses without an answer that are in view now, the nearest first. */
  readonly wanted: () => readonly string[];
  readonly answered: (url: string) => void;
}

export class Requests {
  readonly #answers = new Map<string, ClassifyReply>();
  readonly #asked = new Map<string, AbortController>();
  readonly #refused = new Map<string, number>();
  #paused = false;

  constructor(private readonly options: RequestsOptions) {}

  /** The answer for an address; undefined where there is none yet. */
  get(url: string): ClassifyReply | undefined {
    return this.#answers.get(url);
  }

  /** Asks for what is wanted, and takes back what is wanted no more. */
  update(): void {
    const wanted = this.#paused ? [] : this.options.wanted();
    for (const [url, controller] of this.#asked) {
      if (!wanted.includes(url)) {
        this.#asked.delete(url);
        controller.abort();
      }
    }
    for (const url of wanted) {
      if (this.#asked.size >= IN_FLIGHT) {
        return;
      }
      if (!this.#asked.has(url) && !this.#answers.has(url)) {
        void this.#ask(url);
      }
    }
  }

  /** While paused, nothing is asked. */
  pause(paused: boolean): void {
    this.#paused = paused;
    this.update();
  }

  /** Has what went wrong asked anew, when it is wanted once more. */
  forgetFailure(url: string): void {
    if (this.#answers.get(url)?.ok === false) {
      this.#answers.delete(url);
    }
  }

  /** Forgets every answer. */
  clear(): void {
    this.#answers.clear();
    this.#refused.clear();
  }

  async #ask(url: string): Promise<void> {
    const controller = new AbortController();
    this.#asked.set(url, controller);
    const reply = await this.options.ask(url, controller.signal);
    if (this.#asked.get(url) !== controller) {
      return; // taken back
    }
    this.#asked.delete(url);
    if (!this.#isRefused(url, reply)) {
      this.#keep(url, reply);
      this.options.answered(url);
    }
    this.update();
  }

  /** Whether it is worth to ask once more. */
  #isRefused(url: string, reply: ClassifyReply): boolean {
    const times = this.#refused.get(url) ?? 0;
    const refused = !reply.ok && reply.reason === 'cancelled' && times < RETRIES;
    if (refused) {
      this.#refused.set(url, times + 1);
    } else {
      this.#refused.delete(url);
    }
    return refused;
  }

  #keep(url: string, reply: ClassifyReply): void {
    this.#answers.set(url, reply);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= MAX_ANSWERS) {
        break;
      }
      this.#answers.delete(oldest);
    }
  }
}
