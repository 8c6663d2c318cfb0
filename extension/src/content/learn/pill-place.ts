/** Where the button that learns a channel stands beside that of subscribing, in px of the viewport; no DOM in here. */

import type { Rectangle, Size } from '../../shared/geometry.ts';

const GAP = 8; // px
const MOST_SHIFTS = 6;

/**
 * The first place where it covers nothing of the page's own: after the button, and after what comes after that; else
 * before it, else below it. Null where there is none within the limits.
 */
export function placePill(
  button: Rectangle,
  size: Size,
  limits: Rectangle,
  mirrored: boolean,
  contentIn: (box: Rectangle) => readonly Rectangle[],
): Rectangle | null {
  const top = (button.top + button.bottom - size.height) / 2;
  const right = boxAt(button.right + GAP, top, size);
  const left = boxAt(button.left - GAP - size.width, top, size);
  const below = boxAt(mirrored ? button.right - size.width : button.left, button.bottom + GAP, size);
  const [after, before] = mirrored ? ([left, right] as const) : ([right, left] as const);
  return (
    freeFrom(after, mirrored ? -1 : 1, limits, contentIn) ??
    freeFrom(before, mirrored ? 1 : -1, limits, contentIn) ??
    freeFrom(below, 0, limits, contentIn)
  );
}

/** A free box on the way in a direction: beyond what is in the way; 0 for no way. */
function freeFrom(
  first: Rectangle,
  direction: -1 | 0 | 1,
  limits: Rectangle,
  contentIn: (box: Rectangle) => readonly Rectangle[],
): Rectangle | null {
  let box = first;
  for (let shifts = 0; shifts < MOST_SHIFTS && isWithin(box, limits); shifts++) {
    const inWay = contentIn(box);
    if (inWay.length === 0) {
      return box;
    }
    if (direction === 0) {
      return null;
    }
    const width = box.right - box.left;
    const edge =
      direction > 0
        ? Math.max(...inWay.map(({ right }) => right)) + GAP
        : Math.min(...inWay.map(({ left }) => left)) - GAP - width;
    box = { ...box, left: edge, right: edge + width };
  }
  return null;
}

function boxAt(left: number, top: number, { width, height }: Size): Rectangle {
  return { left, top, right: left + width, bottom: top + height };
}

function isWithin({ left, right, top, bottom }: Rectangle, limits: Rectangle): boolean {
  return left >= limits.left && right <= limits.right && top >= limits.top && bottom <= limits.bottom;
}
