/** Watches the page for everything that can change what is under the pointer: of its events, those that a person makes. */

import { listen } from './trusted-events.ts';

const RECHECK_MS = 250;

/** From the last move or scroll to a look, and from look to look: lazy backgrounds come without any event. */
const REST_MS = [250, 250, 500];

/** YouTube's own event: another page of it is on the screen. */
const NAVIGATED = 'yt-navigate-finish';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Calls `check` with the point of the mouse or pen, and with null when it leaves the page: at once when it crosses the
 * edge of an element, else at most once a frame, and a few times once it rests.
 *
 * Every listener ends with the signal. Gives a function that asks for one more call.
 */
export function watchPointer(check: (point: Point | null) => void, signal: AbortSignal): () => void {
  let point: Point | null = null;
  let frame = 0;
  const recheck = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (!signal.aborted) {
        check(point);
      }
    });
  };
  const rest = restTimer(recheck, signal);
  const move = (event: PointerEvent): void => {
    // A finger does not hover.
    point = event.pointerType === 'touch' ? null : { x: event.clientX, y: event.clientY };
  };
  const enter = (event: PointerEvent): void => {
    move(event);
    check(point);
  };
  const leave = (event: PointerEvent): void => {
    if (event.type === 'pointercancel' || event.relatedTarget === null) {
      point = null;
      check(point);
    }
  };
  const options = { capture: true, passive: true, signal };
  listen(document, 'pointerover', enter, options);
  listen(document, 'pointerout', leave, options);
  listen(document, 'pointercancel', leave, options);
  listen(document, 'pointermove', move, options);
  // `load` and `error` of an image: it shows another picture now.
  for (const type of ['pointermove', 'scroll', 'load', 'error']) {
    listen(document, type, recheck, options);
  }
  for (const type of ['pointerover', 'pointermove', 'scroll']) {
    listen(document, type, rest, options);
  }
  for (const type of ['resize', 'popstate', 'hashchange']) {
    listen(window, type, recheck, options);
  }
  // The page makes this one itself: all it does is to look once more at the point where a person's pointer is.
  document.addEventListener(NAVIGATED, recheck, options);
  return recheck;
}

/** Gives a function that has `recheck` called a few times, counted anew with each of its calls. */
function restTimer(recheck: () => void, signal: AbortSignal): () => void {
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
  return () => wait(REST_MS);
}

/** After a key, in ms, a focus that moves is the person's: later it is the page's, which may send it where it likes. */
const KEY_MS = 1000;

/** Calls `check` when a key of the person's brings the focus somewhere, and when it goes away. */
export function watchFocus(check: (focused: boolean) => void, signal: AbortSignal): void {
  const options = { capture: true, passive: true, signal };
  let pressed = -Infinity;
  const enter = (event: FocusEvent): void => {
    const [element] = event.composedPath();
    const isKey = performance.now() - pressed < KEY_MS;
    // A click focuses too, but then the pointer is there already.
    check(isKey && element instanceof Element && element.matches(':focus-visible'));
  };
  const press = (): void => {
    pressed = performance.now();
  };
  listen(window, 'keydown', press, options);
  listen(document, 'focusin', enter, options);
  listen(document, 'focusout', () => check(false), options);
}

/** Calls `pressed` before the page hears of a key; with true as the answer, the page never does, nor when it is let go. */
export function watchKeys(pressed: (event: KeyboardEvent) => boolean, signal: AbortSignal): void {
  const taken = new Set<string>();
  const take = (event: KeyboardEvent): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const press = (event: KeyboardEvent): void => {
    const isHeld = event.repeat && taken.has(event.code);
    taken.delete(event.code);
    if (isHeld || pressed(event)) {
      taken.add(event.code);
      take(event);
    }
  };
  const release = (event: KeyboardEvent): void => {
    if (taken.delete(event.code)) {
      take(event);
    }
  };
  const options = { capture: true, signal };
  listen(window, 'keydown', press, options);
  listen(window, 'keyup', release, options);
}

/** Calls `recheck` when an image gets another address, and now and then: pages also move and remove images silently. */
export function watchImage(image: Element, recheck: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(recheck);
  observer.observe(image, { attributeFilter: ['src', 'srcset', 'sizes', 'poster', 'href', 'style', 'class'] });
  const timer = setInterval(recheck, RECHECK_MS);
  signal.addEventListener('abort', () => {
    observer.disconnect();
    clearInterval(timer);
  });
}
