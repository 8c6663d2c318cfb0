/**
 * From one thumbnail to the next: which one is visited now, and when a visit ends.
 *
 * Knows neither the DOM nor the browser, so that Node can test what must never happen: an answer on another thumbnail.
 */

import { type Actions, type Hoverable, Visit } from './hover-visit.ts';

export const GRACE_MS = 300; // the way from the thumbnail to its card may lead over something else

export class Hover<T extends Hoverable> {
  #visit: Visit<T> | null = null;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #next: T | null = null;

  constructor(private readonly actions: Actions<T>, private readonly dwellMs: () => number) {}

  get target(): T | null {
    return this.#visit?.target ?? null;
  }

  /** Whether a card is open. */
  get isExpanded(): boolean {
    return this.#visit?.isExpanded ?? false;
  }

  /**
   * Tells what is pointed at now, null for nothing; may be called as often as one likes. `staying` says whether staying
   * there opens the card, `restedMs` for how long the pointer has rested there.
   */
  point(target: T | null, staying = true, restedMs = 0): void {
    if (target?.image === this.target?.image && target?.url === this.target?.url) {
      this.keep();
    } else if (this.isExpanded) {
      this.#next = target;
      this.#leaving ??= setTimeout(() => this.#switchTo(this.#next, staying), GRACE_MS);
    } else {
      this.#switchTo(target, staying, restedMs);
    }
  }

  /** Tells that the pointer or the focus is on the card. */
  keep(): void {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
  }

  /** Opens the card of what is pointed at. */
  openCard(): void {
    this.#visit?.openCard();
  }

  /** Asks once more about what is pointed at. */
  askAgain(): void {
    this.#visit?.askAgain();
  }

  /** Hides everything until something else is pointed at; says whether there was anything to hide. */
  dismiss(): boolean {
    this.keep();
    return this.#visit?.end() ?? false;
  }

  /** Ends the visit at once, without grace. */
  end(): void {
    this.#switchTo(null, false);
  }

  #switchTo(target: T | null, staying: boolean, restedMs = 0): void {
    this.keep();
    this.#visit?.end();
    this.#visit = target === null ? null : new Visit(target, this.actions, staying);
    this.#visit?.begin(this.dwellMs(), restedMs);
  }
}
