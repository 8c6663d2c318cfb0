/** Which thumbnail is under the pointer. */

import type { Rectangle } from '../../shared/geometry.ts';
import { imageUrlOf, shownImageOf } from './image-url.ts';
import { closest, covers, descendantsOf, elementsAt, holds } from './stacking.ts';
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

/** The pages in there have a content script of their own. */
const FRAME = 'iframe, frame, object, embed';

/** YouTube plays a video above the card that is pointed at, in an element outside of it and larger than the picture. */
const PREVIEW = 'ytd-video-preview, #inline-preview-player, #video-preview';

const THUMBNAIL_COST = 3; // links

/** Finds the topmost thumbnail at a point of the viewport, also below the overlays of its own card. */
export function targetAt(x: number, y: number, any: boolean): Target | null {
  const stack = elementsAt(x, y);
  const [top] = stack;
  if (top === undefined || top.matches(FRAME)) {
    return null;
  }
  const preview = closest(top, PREVIEW);
  return preview === null ? targetIn(stack, x, y, any) : targetBelow(preview, x, y);
}

function targetIn(stack: readonly Element[], x: number, y: number, any: boolean): Target | null {
  for (const [depth, image] of stack.entries()) {
    const target = targetOf(image, any);
    if (target !== null) {
      const box = image.getBoundingClientRect();
      return stack.slice(0, depth).some((above) => covers(above, image, box)) ? null : target;
    }
  }
  return targetOfLinks(stack, x, y, any);
}

/** Pictures with `pointer-events: none` are not found by their point; the link around them is. */
function targetOfLinks(stack: readonly Element[], x: number, y: number, any: boolean): Target | null {
  const links = new Set(stack.slice(0, 1).flatMap((element) => closest(element, 'a') ?? []));
  const images = [...links].flatMap(descendantsOf).filter((image) => holds(image.getBoundingClientRect(), x, y));
  return firstTarget(images, any);
}

/** The picture of the card below a preview: the one that it covers most. */
function targetBelow(preview: Element, x: number, y: number): Target | null {
  const box = preview.getBoundingClientRect();
  const card = cardAt(x, y) ?? cardAt((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  const images = card === null ? [] : descendantsOf(card).filter((image) => imageUrlOf(image, false) !== null);
  return firstTarget(images.sort((a, b) => overlap(b, box) - overlap(a, box)).slice(0, 1), false);
}

function cardAt(x: number, y: number): Element | null {
  return elementsAt(x, y).reduce<Element | null>((card, element) => card ?? closest(element, CARD), null);
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
