/** Watches the page for the focus, the keys, and what becomes of a thumbnail: of its events, those that a person makes. */

import { listen } from '../shared/trusted-events.ts';

const RECHECK_MS = 250;

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
