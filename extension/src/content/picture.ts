/** Which thumbnail is under the pointer. */

import { parseThumbnailUrl } from '../shared/thumbnails.ts';

/** A thumbnail on the page: the image and the address of what it shows at the moment. */
export interface Target {
  readonly image: HTMLImageElement;
  readonly url: string;
}

const MIN_WIDTH = 60; // smaller pictures are icons in a list, and no badge fits
const MIN_ALPHA = 0.3; // fainter overlays leave the picture below recognisable

/** Finds the topmost thumbnail at a point of the viewport, also below the overlays of its own card. */
export function targetAt(x: number, y: number): Target | null {
  const stack = elementsAt(document, x, y);
  for (const [depth, element] of stack.entries()) {
    const target = toTarget(element);
    if (target !== null) {
      const box = target.image.getBoundingClientRect();
      return stack.slice(0, depth).some((above) => covers(above, target.image, box)) ? null : target;
    }
  }
  return targetOfLink(stack[0], x, y);
}

/** All elements at a point, topmost first, through open shadow roots. */
function elementsAt(root: Document | ShadowRoot, x: number, y: number): Element[] {
  return root
    .elementsFromPoint(x, y)
    .filter((element) => element.getRootNode() === root) // some browsers add the elements around the shadow root
    .flatMap((element) =>
      element.shadowRoot === null ? [element] : [...elementsAt(element.shadowRoot, x, y), element],
    );
}

function toTarget(element: Element): Target | null {
  if (!(element instanceof HTMLImageElement)) {
    return null;
  }
  const url = parseThumbnailUrl(element.currentSrc || element.src)?.url;
  return url === undefined || element.getBoundingClientRect().width < MIN_WIDTH ? null : { image: element, url };
}

/** Images with `pointer-events: none` are not found by their point; the link around them is. */
function targetOfLink(element: Element | undefined, x: number, y: number): Target | null {
  for (const image of element?.closest('a')?.querySelectorAll('img') ?? []) {
    const box = image.getBoundingClientRect();
    const target = x >= box.left && x < box.right && y >= box.top && y < box.bottom ? toTarget(image) : null;
    if (target !== null) {
      return target;
    }
  }
  return null;
}

/**
 * Whether an element hides the picture below it, as a page header or a dialog does.
 *
 * What belongs to the card (a duration, a hover preview) stays about inside the picture; a click catcher may be large
 * but paints nothing.
 */
function covers(above: Element, image: Element, box: DOMRect): boolean {
  const { left, top, right, bottom } = above.getBoundingClientRect();
  const slack = box.height / 2;
  const inside =
    left >= box.left - slack &&
    right <= box.right + slack &&
    top >= box.top - slack &&
    bottom <= box.bottom + slack;
  return !inside && !above.contains(image) && paints(above);
}

function paints(element: Element): boolean {
  if (element.matches('img, video, canvas, iframe')) {
    return true;
  }
  const style = getComputedStyle(element);
  return (
    Number(style.opacity) >= MIN_ALPHA &&
    (alphaOf(style.backgroundColor) >= MIN_ALPHA || style.backgroundImage !== 'none')
  );
}

/** The opacity of a computed colour: `rgb(1, 2, 3)`, `rgba(1, 2, 3, 0.5)` or `color(srgb 1 1 1 / 0.5)`. */
export function alphaOf(colour: string): number {
  const alpha = /^rgba\(.*,\s*([\d.]+)\)$/.exec(colour)?.[1] ?? /\/\s*([\d.]+)\s*\)$/.exec(colour)?.[1];
  return alpha === undefined ? 1 : Number(alpha);
}
