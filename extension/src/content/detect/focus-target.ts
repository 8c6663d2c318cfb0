/** Which thumbnail belongs to what has the focus. */

import { parseThumbnailUrl } from '../../shared/thumbnails.ts';
import { closest, descendantsOf, focused, parentOf } from './stacking.ts';
import { firstTarget, type Target } from './target.ts';
import { CARD } from './uploader.ts';

/** What opens one thing: what is in it, or the video that it leads to. */
const LINK = 'a, area, [role="link"]';
/** What may play or choose a video: no menu, nor what only opens or closes a part of the page. */
const BUTTON = 'button, summary, [role="button"], [role="option"], [role="menuitem"], input[type="image"], input[type="button"]';
const NO_BUTTON = '[aria-haspopup]:not([aria-haspopup="false"])';
/** What may hold a card, or a list of them. */
const HOLDER = 'video, [tabindex], [role="gridcell"], [role="article"]';

const MAX_AROUND = 6; // elements: further out is another part of the page
const MAX_AREA = 8; // pictures: a card is no larger

/**
 * Finds the thumbnail of the element with the focus: inside it or, for titles and play buttons, in the card that they
 * belong to.
 */
export function targetOfFocus(any: boolean): Target | null {
  const element = focused();
  if (element === null || element.matches('body, html')) {
    return null;
  }
  if (element.matches(LINK)) {
    return firstTarget(descendantsOf(element), any) ?? targetOfMap(element, any) ?? targetOfLink(element);
  }
  if (element.matches(BUTTON) && !element.matches(NO_BUTTON)) {
    return firstTarget(descendantsOf(element), any) ?? targetBeside(element, any);
  }
  return element.matches(HOLDER) ? onlyTarget(element, any) : null;
}

/** The picture of the image map that an area is part of. */
function targetOfMap(area: Element, any: boolean): Target | null {
  const name = area.closest('map')?.name ?? '';
  return name === '' ? null : firstTarget([...document.querySelectorAll(`img[usemap="#${CSS.escape(name)}"]`)], any);
}

/** The thumbnail of the video that a link leads to, in the card of the link or close by. */
function targetOfLink(link: Element): Target | null {
  const address = link.getAttribute('href') ?? link.getAttribute('data-href') ?? '';
  if (address === '') {
    return link.matches('a, area') ? null : targetBeside(link, false);
  }
  const around = closest(link, CARD) ?? holderOf(link, false);
  const targets = around === null ? [] : targetsIn(around, false);
  return targets.find(({ url }) => address.includes(parseThumbnailUrl(url)?.videoId ?? ' ')) ?? null;
}

/** The thumbnail of the small card that a button is in, where that shows a single video. */
function targetBeside(element: Element, any: boolean): Target | null {
  const around = holderOf(element, any);
  const target = around === null ? null : onlyTarget(around, any);
  return target !== null && isNear(element, target.image) ? target : null;
}

/** The thumbnail in an element, where it shows a single video and is no larger than a card. */
function onlyTarget(element: Element, any: boolean): Target | null {
  const targets = targetsIn(element, any);
  const isCard = targets[0] !== undefined && areaOf(element) <= MAX_AREA * areaOf(targets[0].image);
  return isCard && isOneVideo(targets) ? targets[0]! : null;
}

/** The nearest element around another one in which there is a thumbnail. */
function holderOf(element: Element, any: boolean): Element | null {
  let around = parentOf(element);
  for (let depth = 0; around !== null && depth < MAX_AROUND && !around.matches('body, html'); depth++) {
    if (targetsIn(around, any).length > 0) {
      return around;
    }
    around = parentOf(around);
  }
  return null;
}

function targetsIn(element: Element, any: boolean): Target[] {
  return descendantsOf(element).flatMap((inner) => firstTarget([inner], any) ?? []);
}

function isOneVideo(targets: readonly Target[]): boolean {
  return new Set(targets.map(({ url }) => parseThumbnailUrl(url)?.videoId ?? url)).size === 1;
}

/** Whether an element lies on a picture, or no further from it than its size. */
function isNear(element: Element, image: Element): boolean {
  const [own, box] = [element.getBoundingClientRect(), image.getBoundingClientRect()];
  const [x, y] = [gap(own.left, own.right, box.left, box.right), gap(own.top, own.bottom, box.top, box.bottom)];
  return x <= box.width && y <= box.height;
}

/** How far two spans of a line lie apart. */
function gap(start: number, end: number, otherStart: number, otherEnd: number): number {
  return Math.max(0, otherStart - end, start - otherEnd);
}

function areaOf(element: Element): number {
  const { width, height } = element.getBoundingClientRect();
  return width * height;
}
