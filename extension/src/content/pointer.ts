/**
 * When to look at what lies below the pointer. A look costs a hit test, and the more elements a page has the more it
 * costs: there is none while the pointer only passes, one when it comes to rest, and one whenever it may have left what
 * is shown.
 */

import { type Point, Rest } from './rest.ts';
import { listen } from '../shared/trusted-events.ts';

/** From the last move or scroll to a look, and from look to look: lazy backgrounds come without any event. */
const REST_MS = [250, 250, 500];
const SMALL = 480; // px
const LOAD_MS = 100; // between two looks because images were loaded

/** YouTube's own event: another page of it is on the screen. */
const NAVIGATED = 'yt-navigate-finish';

/** What the pointer finds. */
export interface Sight {
  /** Whether something is shown, and surely still at that point; asked at most once a frame, and at every edge. */
  readonly state: (point: Point) => 'idle' | 'held' | 'lost';
  /** Looks at what lies below the pointer. */
  readonly look: () => void;
  /** How long the pointer rests before a look. */
  readonly restMs: () => number;
}

export class Pointer {
  readonly #rest = new Rest();
  readonly #restTimer: () => void;
  #below: EventTarget | undefined;
  /** Whether something has changed since the last look. */
  #isDirty = false;
  #frame = 0;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #loaded = -Infinity;

  /** Follows the mouse or pen, until the signal. */
  constructor(private readonly sight: Sight, private readonly signal: AbortSignal) {
    this.#restTimer = timers(() => this.recheck(), REST_MS, signal);
    signal.addEventListener('abort', () => clearTimeout(this.#waiting));
    this.#listen({ capture: true, passive: true, signal });
  }

  /** Where it is on the page; null where it is not. */
  get point(): Point | null {
    return this.#rest.point;
  }

  /** For how long it has been there, in ms. */
  get restingMs(): number {
    return this.#rest.duration(performance.now());
  }

  /** Asks for one more look, in the next frame, or once the pointer rests. */
  recheck(): void {
    this.#isDirty = true;
    this.#schedule();
  }

  #listen(options: AddEventListenerOptions & { readonly signal: AbortSignal }): void {
    listen(document, 'pointerover', (event) => this.#move(event, true), options);
    listen(document, 'pointermove', (event) => this.#move(event, false), options);
    listen(document, 'pointerout', (event) => this.#leave(event), options);
    listen(document, 'pointercancel', (event) => this.#leave(event), options);
    listen(document, 'scroll', () => this.#scroll(), options);
    // Of an image: it shows another picture now.
    listen(document, 'load', () => this.#load(), options);
    listen(document, 'error', () => this.#load(), options);
    for (const type of ['resize', 'popstate', 'hashchange']) {
      listen(window, type, () => this.recheck(), options);
    }
    // The page makes this one itself: all it does is to look once more at the point where a person's pointer is.
    document.addEventListener(NAVIGATED, () => this.recheck(), options);
  }

  #move(event: PointerEvent, isEdge: boolean): void {
    // A finger does not hover.
    const point = event.pointerType === 'touch' ? null : { x: event.clientX, y: event.clientY };
    const [below] = event.composedPath();
    const isElsewhere = this.#rest.move(point, performance.now());
    const isOther = below !== this.#below;
    this.#below = below;
    this.#restTimer();
    const state = this.#state();
    if (state === 'lost' || (state === 'held' && isOther)) {
      this.#lookSoon(isEdge);
    } else if (state === 'idle' && (isOther || (isElsewhere && !isSmall(below)))) {
      this.recheck();
    }
  }

  #leave(event: PointerEvent): void {
    if (event.type === 'pointercancel' || event.relatedTarget === null) {
      this.#rest.move(null, performance.now());
      this.#look();
    }
  }

  #scroll(): void {
    this.#rest.restart(performance.now());
    this.#restTimer();
    this.recheck();
  }

  #load(): void {
    const now = performance.now();
    if (now - this.#loaded >= LOAD_MS) {
      this.#loaded = now;
      this.recheck();
    }
  }

  #state(): ReturnType<Sight['state']> {
    return this.point === null ? 'lost' : this.sight.state(this.point);
  }

  #lookSoon(isEdge: boolean): void {
    if (isEdge) {
      this.#look();
    } else {
      this.recheck();
    }
  }

  /** Where nothing is shown, nothing happens before the pointer rests; else it is seen in the next frame. */
  #schedule(): void {
    if (this.#state() !== 'idle') {
      this.#frame = this.#frame === 0 ? requestAnimationFrame(() => this.#inFrame()) : this.#frame;
    } else {
      this.#waiting ??= setTimeout(() => this.#rested(), Math.max(0, this.sight.restMs() - this.restingMs));
    }
  }

  #inFrame(): void {
    this.#frame = 0;
    if (this.#isDirty && !this.signal.aborted) {
      this.#look();
    }
  }

  /** Where the page was busy meanwhile, moves of the pointer still wait: they come before the next frame. */
  #rested(): void {
    requestAnimationFrame(() => {
      this.#waiting = undefined;
      if (!this.#isDirty || this.signal.aborted) {
        return;
      }
      if (this.restingMs >= this.sight.restMs()) {
        this.#look();
      } else {
        this.#schedule();
      }
    });
  }

  #look(): void {
    this.#isDirty = false;
    this.sight.look();
    if (this.point !== null && this.#state() !== 'held' && this.restingMs < this.sight.restMs()) {
      this.recheck(); // what it has found on its way counts only where it rests
    }
  }
}

/** Whether an element has no room for two thumbnails: where there was none, there still is none some px further. */
function isSmall(element: EventTarget | undefined): boolean {
  if (!(element instanceof Element)) {
    return false;
  }
  const { width, height } = element.getBoundingClientRect();
  return width <= SMALL && height <= SMALL;
}

/** Gives a function that has `recheck` called after each of some delays, counted anew with each of its calls. */
function timers(recheck: () => void, delays: readonly number[], signal: AbortSignal): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = ([delay, ...later]: readonly number[]): void => {
    clearTimeout(timer);
    if (delay !== undefined) {
      timer = setTimeout(() => {
        recheck();
        wait(later);
      }, delay);
    }
  };
  signal.addEventListener('abort', () => clearTimeout(timer));
  return () => wait(delays);
}
