/** Whether something of the page hides a picture. */

import { intersection } from '../../shared/geometry.ts';
import { MEDIA, opacityOf, pseudoOf } from './paint.ts';
import { isPreviewOf } from './previews.ts';
import { BADGE_HOST, closest, CONTROLS_HOST, elementsAt, parentOf } from './stacking.ts';

const MIN_ALPHA = 0.3; // fainter overlays leave the picture below recognisable
const MIN_VEIL = 0.8; // of what belongs to the picture: a shade that comes with the pointer is fainter
const MOST = 0.6; // of a picture: play buttons cover less

/**
 * Whether an element hides the picture below it: a page header and a dialog do, and so does what covers most of the
 * picture alone, as another picture, an advertisement or a veil.
 *
 * What belongs to the card (a duration, a shade, a hover preview) does not; a click catcher may be large but paints
 * nothing.
 */
export function covers(above: Element, image: Element, box: DOMRect): boolean {
  if (isPreviewOf(above, image)) {
    return false;
  }
  const most = MOST * box.width * box.height;
  const hides = !above.contains(image) && opacityOf(above) >= (isBeyond(above, box) ? MIN_ALPHA : leastOf(above, most));
  return hides || hidesByPseudo(above, most);
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

/** What may lie above a picture without taking the pointer, so that no point finds it: what comes after it in its box. */
export function veilsAfter(image: Element, box: DOMRect): Element[] {
  const veils: Element[] = [];
  let inner: Element | null = image;
  for (let level = 0; inner !== null && level < MAX_LEVELS && !isBeyond(inner, box); level += 1) {
    let next = inner.nextElementSibling;
    for (let count = 0; next !== null && count < MAX_SIBLINGS; count += 1, next = next.nextElementSibling) {
      veils.push(next);
    }
    inner = parentOf(inner);
  }
  return veils.filter((veil) => sizeOf(veil) >= MOST * box.width * box.height && isUntouchable(veil, box));
}

function isUntouchable(veil: Element, box: DOMRect): boolean {
  const { pointerEvents, zIndex } = getComputedStyle(veil);
  return pointerEvents === 'none' && !zIndex.startsWith('-') && intersection(veil.getBoundingClientRect(), box) !== null;
}

/** Whether something of the page's is to be seen in the middle of a picture instead of it. */
export function isReplaced(image: Element): boolean {
  const box = image.getBoundingClientRect();
  const stack = elementsAt((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  const above = stack
    .slice(0, Math.max(0, stack.indexOf(image)))
    .filter((element) => closest(element, `${BADGE_HOST}, ${CONTROLS_HOST}`) === null);
  const most = MOST * box.width * box.height;
  return above.some((element) => covers(element, image, box) || (showsMedia(element) && sizeOf(element) >= most));
}

function showsMedia(element: Element): boolean {
  const isSpacer = element instanceof HTMLImageElement && element.naturalWidth <= 1;
  return element.matches(MEDIA) && !isSpacer && element.checkVisibility({ opacityProperty: true });
}

function sizeOf(element: Element): number {
  const { width, height } = element.getBoundingClientRect();
  return width * height;
}
