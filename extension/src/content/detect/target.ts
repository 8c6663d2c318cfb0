/** Which thumbnail is under the pointer. */

import type { Rectangle } from '../../shared/geometry.ts';
import { clipsAround } from './clips.ts';
import { coverOf } from './covers.ts';
import { imageUrlOf, shownImageOf } from './image-url.ts';
import { isEmptyFrame, isSeen } from './paint.ts';
import { isMoving, PREVIEW } from './previews.ts';
import { closest, descendantsOf, elementsAt, holds, LEARN_CONTROLS_HOST, parentOf, PILL_HOST } from './stacking.ts';
import { CARD } from './uploader.ts';

/**
 * A thumbnail on the page: the element that shows it and the address of what is classified. `named` is true where the page
 * shows it under another address, and only names the video: fetching it is a request that the page did not make.
 */
export interface Target {
  readonly image: Element;
  readonly url: string;
  readonly named: boolean;
  /** Where `named`: the address that the page shows, if that may be looked at instead. */
  readonly shown: string | null;
}

/** What is laid above the page to learn a channel: nothing below it is pointed at. */
const LEARNING = `${LEARN_CONTROLS_HOST}, ${PILL_HOST}`;

/** The pages in there have a content script of their own. */
const FRAME = 'iframe, frame, object, embed';

/** What takes the pointer for the pictures in it. */
const PRESSABLE = 'a, button, [role="link"], [role="button"], [role="option"], [role="menuitem"], [role="tab"]';

const MAX_LEVELS = 8; // from what is pointed at to the card around it
const MAX_SHARE = 0.8; // of the viewport: what is larger is no card

const THUMBNAIL_COST = 3; // links

/** Finds the topmost thumbnail at a point of the viewport, also below the overlays of its own card. */
export function targetAt(x: number, y: number, any: boolean): Target | null {
  const stack = elementsAt(x, y);
  const [top] = stack;
  if (top === undefined || closest(top, LEARNING) !== null || (top.matches(FRAME) && !isEmptyFrame(top, x, y))) {
    return null;
  }
  const preview = closest(top, PREVIEW);
  return preview === null ? targetIn(stack, x, y, any) : targetBelow(preview, stack);
}

function targetIn(stack: readonly Element[], x: number, y: number, any: boolean): Target | null {
  for (const [depth, image] of stack.entries()) {
    const target = isMoving(image) ? null : targetOf(image, any);
    if (target !== null && isSeen(image)) {
      return isHidden(image, stack.slice(0, depth), x, y) ? null : target;
    }
  }
  return targetAround(stack, x, y, any) ?? firstTarget(stack.filter(isMoving), false);
}

/** Whether something above a picture hides it; an empty frame does not. */
function isHidden(image: Element, above: readonly Element[], x: number, y: number): boolean {
  return coverOf(image, above.filter((element) => !isEmptyFrame(element, x, y))) !== undefined;
}

/** Pictures with `pointer-events: none` are not found by their point; the link or the card around them is. */
function targetAround(stack: readonly Element[], x: number, y: number, any: boolean): Target | null {
  const tried = new Set<Element>();
  for (const around of stack[0] === undefined ? [] : aroundOf(stack[0])) {
    const fresh = descendantsOf(around).filter((element) => !tried.has(element));
    const images = fresh.filter((image) => holds(image.getBoundingClientRect(), x, y) && isPicture(image, any));
    const seen = images.filter((image) => isSeen(image) && isKept(image, x, y));
    const image = seen.sort(byOrder).at(-1); // what comes later in a page lies above
    if (image !== undefined) {
      const above = stack.slice(0, Math.max(1, stack.indexOf(around))).filter((element) => byOrder(image, element) < 0);
      return isHidden(image, above, x, y) ? null : firstTarget([image], any);
    }
    fresh.forEach((element) => tried.add(element));
  }
  return null;
}

/** Whether the boxes around a picture leave it at a point: they may cut it off there. */
function isKept(image: Element, x: number, y: number): boolean {
  return clipsAround(image).every(({ box }) => holds(box, x, y));
}

/** The boxes around an element that may be those of a card, the smallest first, and the link or the button around it. */
function aroundOf(element: Element): Set<Element> {
  const most = MAX_SHARE * innerWidth * innerHeight;
  const boxes = new Set<Element>();
  for (let outer: Element | null = element; outer !== null && boxes.size < MAX_LEVELS; outer = parentOf(outer)) {
    if (sizeOf(outer) > most) {
      break;
    }
    boxes.add(outer);
  }
  const link = closest(element, PRESSABLE);
  return link === null ? boxes : boxes.add(link);
}

function sizeOf(element: Element): number {
  const { width, height } = element.getBoundingClientRect();
  return width * height;
}

/** Orders elements as they come in the page; those around others first. */
function byOrder(one: Element, other: Element): number {
  const position = one.compareDocumentPosition(other);
  return position === 0 ? 0 : (position & Node.DOCUMENT_POSITION_FOLLOWING) !== 0 ? -1 : 1;
}

/** The picture of the card below a preview: the one that it covers most. */
function targetBelow(preview: Element, stack: readonly Element[]): Target | null {
  const box = preview.getBoundingClientRect();
  const card = cardIn(stack) ?? cardIn(elementsAt((box.left + box.right) / 2, (box.top + box.bottom) / 2));
  const images = card === null ? [] : descendantsOf(card).filter((image) => isPicture(image, false));
  return firstTarget(images.sort((a, b) => overlap(b, box) - overlap(a, box)).slice(0, 1), false);
}

function isPicture(image: Element, any: boolean): boolean {
  return !isMoving(image) && imageUrlOf(image, any) !== null;
}

function cardIn(stack: readonly Element[]): Element | null {
  return stack.reduce<Element | null>((card, element) => card ?? closest(element, CARD), null);
}

function overlap(element: Element, box: DOMRect): number {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const width = Math.min(right, box.right) - Math.max(left, box.left);
  const height = Math.min(bottom, box.bottom) - Math.max(top, box.top);
  return Math.max(0, width) * Math.max(0, height);
}

/** The first of some elements that shows a thumbnail. */
export function firstTarget(images: readonly Element[], any: boolean): Target | null {
  for (const image of images) {
    const target = targetOf(image, any);
    if (target !== null) {
      return target;
    }
  }
  return null;
}

function targetOf(image: Element, any: boolean): Target | null {
  const shown = shownImageOf(image, any);
  return shown === null ? null : { image, url: shown.url, named: shown.named, shown: shown.shown };
}

/** How much a person would miss below a box: thumbnails above all, then links. */
export function coverCost({ left, top, right, bottom }: Rectangle, any: boolean): number {
  let cost = 0;
  for (const x of [left, (left + right) / 2, right - 1]) {
    for (const y of [top, (top + bottom) / 2, bottom - 1]) {
      const above = elementsAt(x, y)[0];
      const isLink = above !== undefined && closest(above, 'a, button') !== null;
      cost += targetAt(x, y, any) === null ? Number(isLink) : THUMBNAIL_COST;
    }
  }
  return cost;
}

/** Whether the page shows a video's thumbnail as an image somewhere. */
export function hasThumbnails(): boolean {
  return document.querySelector('img[src*=".ytimg.com/vi"], img[src*="img.youtube.com/vi"]') !== null;
}
