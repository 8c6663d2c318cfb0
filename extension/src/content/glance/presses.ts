/**
 * Presses of buttons that are drawn above a page and take no pointer: the page must not hear of them, so that its link
 * below does not open, and cannot find out where they are.
 */

import { listen } from '../../shared/trusted-events.ts';

const PRESSES = ['pointerdown', 'mousedown', 'touchstart'];
const RELEASES = ['pointerup', 'pointercancel', 'mouseup', 'touchend', 'click', 'auxclick', 'dblclick', 'contextmenu', 'dragstart'];
const RELEASED_MS = 600; // after a finger, a click comes late

type Press = PointerEvent | MouseEvent | TouchEvent;

/**
 * Calls `pressed` with what `find` says to be at the point of a press, once it is released; until the next press, nothing
 * of it reaches the page. What begins elsewhere is left alone.
 */
export function watchPresses<T>(find: (x: number, y: number) => T | null, pressed: (what: T) => void, signal: AbortSignal): void {
  let taken: T | null = null;
  let ended: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    taken = null;
  };
  const take = (event: Press): void => {
    // The first of a press decides about all that come of it.
    if (event.type === 'pointerdown' && (event as PointerEvent).isPrimary) {
      taken = find((event as PointerEvent).clientX, (event as PointerEvent).clientY);
    }
    const what = taken;
    if (what === null) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    clearTimeout(ended);
    if (event.type === 'click') {
      end();
      pressed(what);
    } else if (RELEASES.includes(event.type)) {
      ended = setTimeout(end, RELEASED_MS);
    }
  };
  for (const type of [...PRESSES, ...RELEASES]) {
    // Touches must not wait for this, or the page would scroll later.
    listen(window, type, (event) => take(event as Press), { capture: true, passive: type.startsWith('touch'), signal });
  }
  listen(window, 'keydown', end, { capture: true, passive: true, signal }); // a click that follows is of a key
}
