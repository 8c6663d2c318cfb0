/** One stay on one thumbnail: rest, ask, wait, answer, and the card for who stays longer. */

import { type ClassifyReply, type ClassifyResult, failure } from '../shared/messages.ts';
import type { NoChannels, Question } from './question.ts';

/** What is pointed at: two targets are the same if they are the same picture with the same address. */
export interface Hoverable {
  readonly image: object;
  readonly url: string;
}

export interface Actions<T extends Hoverable> {
  /** The signal says that nobody waits for the answer any more. */
  readonly classify: (url: string, signal: AbortSignal, target: T) => Promise<ClassifyReply | Question>;
  /** Says that the address may be asked for; until the signal. */
  readonly prefetch: (url: string, signal: AbortSignal, target: T) => void;
  /** Called with null while the answer is awaited. */
  readonly show: (target: T, reply: ClassifyReply | Question | null) => void;
  /** Shows the card; `summoned` by a key or a command, not by staying. */
  readonly expand: (target: T, reply: ClassifyResult | Question | NoChannels, requested: boolean) => void;
  readonly hide: () => void;
}

/** Of the dwell: who has rested so long is not just passing by. */
export const REST_SHARE = 0.6;
export const ASK_EARLY_MS = 16; // a frame before the rest is over: the request is on its way, and nothing is shown earlier
export const WAIT_MS = 120; // a faster answer needs no "waiting" before it
export const STAY_MS = 900; // from the answer to the card

export class Visit<T extends Hoverable> {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #early: ReturnType<typeof setTimeout> | undefined;
  #prefetching = new AbortController();
  #asking: AbortController | null = null;
  #reply: ClassifyReply | Question | null = null;
  #state: 'silent' | 'shown' | 'expanded' = 'silent';
  #requested = false;

  /** `staying` long enough opens the card: so does the pointer, but not the focus, which always stays somewhere. */
  constructor(readonly target: T, private readonly actions: Actions<T>, private readonly staying: boolean) {}

  get isExpanded(): boolean {
    return this.#state === 'expanded';
  }

  /** Asks once the pointer has rested for `dwellMs`, of which `restedMs` are over. */
  begin(dwellMs: number, restedMs: number): void {
    const ahead = Math.min(ASK_EARLY_MS, dwellMs);
    this.#timer = setTimeout(() => void this.#ask(ahead), Math.max(0, dwellMs - ahead - restedMs));
    this.#early = setTimeout(() => {
      this.actions.prefetch(this.target.url, this.#prefetching.signal, this.target);
    }, Math.max(0, dwellMs * REST_SHARE - restedMs));
  }

  /** Opens the card, as soon as there is an answer to put in. */
  openCard(): void {
    this.#requested = true;
    if (this.#reply !== null) {
      clearTimeout(this.#timer);
      this.#answer(this.#reply);
    } else if (this.#asking === null) {
      clearTimeout(this.#timer);
      void this.#ask(0);
    }
  }

  /** Asks once more, as after the answer to a question; its card stays until the new one is there. */
  askAgain(): void {
    this.#requested = true;
    this.#reply = null;
    clearTimeout(this.#timer);
    void this.#ask(0);
  }

  /** Takes back everything that is shown or on its way; says whether a person saw anything of it. */
  end(): boolean {
    const seen = this.#state !== 'silent';
    clearTimeout(this.#timer);
    clearTimeout(this.#early);
    this.#prefetching.abort();
    this.#asking?.abort();
    this.#asking = null;
    this.#requested = false;
    this.#state = 'silent';
    if (seen) {
      this.actions.hide();
    }
    return seen;
  }

  /** Asks, and shows the answer, `ahead` milliseconds later at the earliest. */
  async #ask(ahead: number): Promise<void> {
    clearTimeout(this.#early);
    const asking = new AbortController();
    this.#asking = asking;
    this.#timer = setTimeout(() => this.#show(null), ahead + WAIT_MS);
    const rested = new Promise((resolve) => setTimeout(resolve, ahead));
    const classified = this.actions.classify(this.target.url, asking.signal, this.target).catch(failure);
    const [reply] = await Promise.all([classified, rested]);
    if (!asking.signal.aborted) {
      this.#asking = null;
      this.#reply = reply;
      clearTimeout(this.#timer);
      this.#answer(reply);
    }
  }

  #answer(reply: ClassifyReply | Question): void {
    if (!hasCard(reply)) {
      this.#closeCard();
      this.#show(reply); // the badge says all there is
      return;
    }
    this.#show(reply);
    if (this.#requested) {
      this.#expand(reply);
    } else if (this.staying) {
      this.#timer = setTimeout(() => this.#expand(reply), STAY_MS);
    }
  }

  #closeCard(): void {
    if (this.isExpanded) {
      this.actions.hide();
      this.#state = 'silent';
    }
  }

  #show(reply: ClassifyReply | Question | null): void {
    this.#state = this.isExpanded ? 'expanded' : 'shown';
    this.actions.show(this.target, reply);
  }

  #expand(reply: ClassifyResult | Question | NoChannels): void {
    this.#state = 'expanded';
    this.actions.expand(this.target, reply, this.#requested);
  }
}

/** Whether there is more to say of a reply, or to ask, than a badge can. */
export function hasCard(reply: ClassifyReply | Question): reply is ClassifyResult | Question | NoChannels {
  return reply.ok || reply.reason === 'question' || reply.reason === 'no-channels';
}
