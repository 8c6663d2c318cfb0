/** Where on the page a mark lies: on what can be seen of a picture, and at its height in the pile of the page. */

import { intersection, type Rectangle } from '../../shared/geometry.ts';
import { type Clip, clipOf, clippersOf, CORNERS, radiusAt, scaleOf } from '../detect/clips.ts';
import { isReplaced } from '../detect/covers.ts';
import { alphaOf } from '../detect/css.ts';
import { closest, parentOf } from '../detect/stacking.ts';

/** Elements above everything else in the page, whatever lies in it: no mark could be seen on what is in there. */
const TOP_LAYER = 'dialog:modal, :popover-open, :fullscreen';
const OPAQUE = 0.9; // alpha

/** What around a picture decides where its mark lies: it changes rarely. */
export interface Surroundings {
  readonly clippers: readonly Element[];
  /** Of the outermost stacking context that the picture is in: what the page lays above that, it lays above the mark. */
  readonly layer: number;
  readonly isFixed: boolean;
  /** Whether nothing can be drawn above it, or the page shows something else there. */
  readonly isOutOfReach: boolean;
  /** The colour behind the picture; null where it is that of an empty page. */
  readonly ground: string | null;
}

export interface Place {
  /** In px of the viewport. */
  readonly box: Rectangle;
  /** Of the corners of that, from the top left clockwise, in px. */
  readonly radii: readonly number[];
}

export function surroundingsOf(image: Element): Surroundings {
  let [layer, isFixed]: [number, boolean] = [0, false];
  let [holder, ground]: [Element | null, string | null] = [null, null];
  for (let element: Element | null = image; element !== null; element = parentOf(element)) {
    const style = getComputedStyle(element);
    if (element !== document.documentElement && isStackingContext(style)) {
      [layer, holder] = [Number(style.zIndex) || 0, element];
    }
    isFixed ||= style.position === 'fixed';
    if (element !== image && alphaOf(style.backgroundColor) >= OPAQUE) {
      ground ??= style.backgroundColor;
    }
  }
  // What a context as large as the page lays above the picture does not lie above the mark by itself.
  const isOutOfReach = closest(image, TOP_LAYER) !== null || (isLarge(holder) && isReplaced(image));
  return { clippers: clippersOf(image), layer, isFixed, isOutOfReach, ground };
}

/** Whether what is in an element is piled up for itself (https://drafts.csswg.org/css2/#stacking-context and later). */
function isStackingContext(style: CSSStyleDeclaration): boolean {
  const { position, zIndex, opacity, transform, filter, isolation, willChange, contain } = style;
  return (
    zIndex !== 'auto' ||
    position === 'fixed' ||
    position === 'sticky' ||
    Number(opacity) < 1 ||
    transform !== 'none' ||
    filter !== 'none' ||
    isolation === 'isolate' ||
    /transform|opacity|filter/.test(willChange) ||
    /paint|layout|strict|content/.test(contain)
  );
}

function isLarge(element: Element | null): boolean {
  return element !== null && element.getBoundingClientRect().width >= innerWidth / 2;
}

/** Null where nothing of a picture can be seen. `before`: where it was, with the same surroundings. */
export function placeOf(image: Element, around: Surroundings, before: Place | null): Place | null {
  const isVisible = image.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  if (!isVisible || around.isOutOfReach) {
    return null;
  }
  const outer = image.getBoundingClientRect();
  if (before !== null && around.clippers.length === 0 && !around.isFixed && isSameSize(outer, before.box)) {
    return { ...before, box: outer }; // as most of the time: it has moved, or has not
  }
  const own: Clip = { box: outer, outer, style: getComputedStyle(image), scale: scaleOf(image) };
  const clips = [own, ...around.clippers.flatMap(clipOf)];
  const boxes = [...clips.map(({ box }) => box), ...(around.isFixed ? [viewport()] : [])];
  const box = boxes.reduce<Rectangle | null>((all, one) => all && intersection(all, one), outer);
  return box && { box, radii: CORNERS.map((corner) => radiusAt(corner, box, clips)) };
}

function isSameSize(one: Rectangle, other: Rectangle): boolean {
  const wider = one.right - one.left - other.right + other.left;
  const higher = one.bottom - one.top - other.bottom + other.top;
  return Math.abs(wider) + Math.abs(higher) < 0.1;
}

function viewport(): Rectangle {
  return { left: 0, top: 0, right: document.documentElement.clientWidth || innerWidth, bottom: innerHeight };
}
