/** Watches the page for everything that can change what is under the pointer. */

const RECHECK_MS = 250;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Calls `check` with the point of the mouse or pen, and with null when it leaves the page: at once when it crosses the
 * edge of an element, else at most once a frame.
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
  window.addEventListener('resize', recheck, options);
  return recheck;
}

/** Calls `recheck` when an image gets another address, and now and then: pages also move and remove images silently. */
export function watchImage(image: Element, recheck: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(recheck);
  observer.observe(image, { attributeFilter: ['src', 'srcset', 'sizes'] });
  const timer = setInterval(recheck, RECHECK_MS);
  signal.addEventListener('abort', () => {
    observer.disconnect();
    clearInterval(timer);
  });
}
