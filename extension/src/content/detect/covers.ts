/** Whether something of the page hides a picture. */

import { intersection, type Rectangle } from '../../shared/geometry.ts';
import { clipsAround } from './clips.ts';
import { MEDIA, opacityOf, pseudoOf } from './paint.ts';
import { isPreviewOf } from './previews.ts';
import { BADGE_HOST, closest, CONTROLS_HOST, elementsAt, GLANCE_HOST, parentOf } from './stacking.ts';

export const MIN_ALPHA = 0.3; // fainter overlays leave the picture below recognisable
const MIN_VEIL = 0.8; // of what belongs to the picture: a shade that comes with the pointer is fainter
const MOST = 0.6; // of a picture: play buttons cover less

/** The first of some elements that lie above a picture, or of those that no point finds there, that hides it. */
export function coverOf(image: Element, above: readonly Element[]): Element | undefined {
  const most = mostOf(image);
  return [...above, ...veilsAfter(image, most)].find((element) => covers(element, image, most));
}

/**
 * Whether an element hides the picture below it: a page header and a dialog do, and so does what covers most of the
 * picture alone, as another picture, an advertisement or a veil.
 *
 * What belongs to the card (a duration, a shade, a hover preview) does not; a click catcher may be large but paints
 * nothing.
 */
function covers(above: Element, image: Element, most: number): boolean {
  if (isPreviewOf(above, image)) {
    return false;
  }
  const least = isBeyond(above, image.getBoundingClientRect()) ? MIN_ALPHA : leastOf(above, most);
  return (least <= 1 && !above.contains(image) && opacityOf(above) >= least) || hidesByPseudo(above, most);
}

/** The area that covers most of what can be seen of a picture: sites crop pictures of 4:3. */
function mostOf(image: Element): number {
  const all = image.getBoundingClientRect();
  const seen = clipsAround(image).reduce<Rectangle | null>((rest, { box }) => rest && intersection(rest, box), all) ?? all;
  return MOST * areaOf(seen);
}

/** How opaque something in the place of a picture must be to hide it: small things never do. */
function leastOf(above: Element, most: number): number {
  return sizeOf(above) >= most ? MIN_VEIL : Infinity;
}

/** Of an element around a picture only `::before` and `::after` can lie above it. */
function hidesByPseudo(above: Element, most: number): boolean {
  return (['::before', '::after'] as const).some((pseudo) => {
    const painted = pseudoOf(above, pseudo);
    return painted !== null && painted.size >= most && painted.opacity >= MIN_VEIL;
  });
}

function isBeyond(above: Element, box: DOMRect): boolean {
  const { left, top, right, bottom } = above.getBoundingClientRect();
  const slack = box.height / 2;
  return (
    left < box.left - slack || right > box.right + slack || top < box.top - slack || bottom > box.bottom + slack
  );
}

const MAX_LEVELS = 3;
const MAX_SIBLINGS = 8;

/** What may lie above a picture without taking the pointer: what comes after it, or after its box, and covers it. */
function veilsAfter(image: Element, most: number): Element[] {
  const box = image.getBoundingClientRect();
  const veils: Element[] = [];
  let inner: Element | null = image;
  for (let level = 0; inner !== null && level < MAX_LEVELS && !isBeyond(inner, box); level += 1) {
    let next = inner.nextElementSibling;
    for (let count = 0; next !== null && count < MAX_SIBLINGS; count += 1, next = next.nextElementSibling) {
      const common = intersection(next.getBoundingClientRect(), box);
      if (common !== null && areaOf(common) >= most && isUntouchable(next, inner)) {
        veils.push(next);
      }
    }
    inner = parentOf(inner);
  }
  return veils;
}

function isUntouchable(veil: Element, below: Element): boolean {
  const { pointerEvents, zIndex } = getComputedStyle(veil);
  return pointerEvents === 'none' && levelOf(zIndex) >= levelOf(getComputedStyle(below).zIndex);
}

function levelOf(zIndex: string): number {
  return Number(zIndex) || 0; // auto
}

function areaOf({ left, top, right, bottom }: Rectangle): number {
  return (right - left) * (bottom - top);
}

/** Whether something of the page's is to be seen in the middle of a picture instead of it. */
export function isReplaced(image: Element): boolean {
  const box = image.getBoundingClientRect();
  const stack = elementsAt((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  const above = stack
    .slice(0, Math.max(0, stack.indexOf(image)))
    .filter((element) => closest(element, `${BADGE_HOST}, ${CONTROLS_HOST}, ${GLANCE_HOST}`) === null);
  const most = mostOf(image);
  return above.some((element) => covers(element, image, most) || (showsMedia(element) && sizeOf(element) >= most));
}

function showsMedia(element: Element): boolean {
  const isSpacer = element instanceof HTMLImageElement && element.naturalWidth <= 1;
  return element.matches(MEDIA) && !isSpacer && element.checkVisibility({ opacityProperty: true });
}

function sizeOf(element: Element): number {
  const { width, height } = element.getBoundingClientRect();
  return width * height;
}
