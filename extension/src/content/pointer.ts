/** Watches the page for everything that can change what is under the pointer. */

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
  document.addEventListener('pointerover', enter, options);
  document.addEventListener('pointerout', leave, options);
  document.addEventListener('pointercancel', leave, options);
  document.addEventListener('pointermove', move, options);
  // `load` and `error` of an image: it shows another picture now.
  for (const type of ['pointermove', 'scroll', 'load', 'error']) {
    document.addEventListener(type, recheck, options);
  }
  for (const type of ['pointerover', 'pointermove', 'scroll']) {
    document.addEventListener(type, rest, options);
  }
  for (const type of ['resize', 'popstate', 'hashchange']) {
    window.addEventListener(type, recheck, options);
  }
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

/** Calls `check` when the focus goes somewhere by the keyboard, and when it goes away. */
export function watchFocus(check: (focused: boolean) => void, signal: AbortSignal): void {
  const options = { capture: true, passive: true, signal };
  const enter = (event: FocusEvent): void => {
    const [element] = event.composedPath();
    // A click focuses too, but then the pointer is there already.
    check(element instanceof Element && element.matches(':focus-visible'));
  };
  document.addEventListener('focusin', enter, options);
  document.addEventListener('focusout', () => check(false), options);
}

/** Calls `pressed` before the page hears of a key; with true as the answer, the page never does. */
export function watchKeys(pressed: (event: KeyboardEvent) => boolean, signal: AbortSignal): void {
  const listen = (event: KeyboardEvent): void => {
    if (event.isTrusted && pressed(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  };
  window.addEventListener('keydown', listen, { capture: true, signal });
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
