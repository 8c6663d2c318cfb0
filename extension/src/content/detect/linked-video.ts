/** Which video the page around a picture names: by the link around it, by attributes, or by the link beside it. */

import type { Rectangle } from '../../shared/geometry.ts';
import { frontEndOf, saidHere } from './front-end.ts';
import { unescapedForms } from './hidden-address.ts';
import { picturedVideoId } from './picture-address.ts';
import { descendantsOf, parentOf } from './stacking.ts';
import { linkedVideoId } from './video-address.ts';

const MAX_CLIMB = 12; // elements around a picture
const MAX_WIDTH = 1300; // px: larger ones are the page's own decoration

/** A picture is looked at with every move of the pointer; what is around it stays the same for a while. */
const KEPT_MS = 500;
const kept = new WeakMap<Element, { readonly shown: string; readonly until: number; readonly id: string | null }>();

/**
 * The id of the one video that the nearest link or attribute names; null where that leads elsewhere or to several.
 * `shown` is the address of the picture.
 */
export function linkedVideoOf(image: Element, shown: string): string | null {
  const last = kept.get(image);
  const now = performance.now();
  if (last?.shown === shown && now < last.until) {
    return last.id;
  }
  const id = findLinked(image);
  kept.set(image, { shown, until: now + KEPT_MS, id });
  return id;
}

function findLinked(image: Element): string | null {
  const box = image.getBoundingClientRect();
  if (box.width > MAX_WIDTH) {
    return null;
  }
  let hasLink = false;
  for (const element of around(image)) {
    const id = isNear(element, box) ? videoInAttributes(element) : null;
    const link = id === null ? hrefOf(element) : null;
    const linked = link === null ? id : videoBehind(link);
    if (linked !== null) {
      return linked;
    }
    if (link !== null && leadsAway(link)) {
      return null; // an advertisement, an article
    }
    hasLink ||= link !== null;
  }
  return videoInCard(image, box, hasLink);
}

function* around(image: Element): Generator<Element> {
  let element: Element | null = image;
  for (let i = 0; i < MAX_CLIMB && element !== null && element !== document.body; i++) {
    yield element;
    element = parentOf(element);
  }
}

/** Where a link leads; null for what is none, and for one that only its script gives a meaning. */
function hrefOf(element: Element): string | null {
  const href = element.localName === 'a' ? (element.getAttribute('href') ?? element.getAttribute('xlink:href')) : null;
  return href === null || /^\s*(?:#|javascript:|$)/i.test(href) ? null : href;
}

function videoBehind(address: string): string | null {
  const id = linkedVideoId(address, document.baseURI);
  // What the page says of itself is read only where it decides.
  const isLikeYouTube = id === null && /watch|embed|shorts|live/.test(address);
  return isLikeYouTube && isVideoFrontEnd() ? linkedVideoId(address, document.baseURI, true) : id;
}

function isVideoFrontEnd(): boolean {
  return frontEndOf(location.host, saidHere()) === 'videos';
}

/** Whether a link leads to another site. Search engines and forums link to a page of their own for the video. */
function leadsAway(href: string): boolean {
  return URL.canParse(href, document.baseURI) && siteOf(new URL(href, document.baseURI).hostname) !== siteOf(location.hostname);
}

function siteOf(hostname: string): string {
  return hostname.split('.').slice(-2).join('.');
}

const MAX_NEAR = 3; // times as high as the picture, and a line or two more

/** Whether an element is one post or result, and not the page around many. */
function isNear(element: Element, box: Rectangle): boolean {
  const { height } = element.getBoundingClientRect();
  return height <= MAX_NEAR * (box.bottom - box.top) + 100;
}

const MAX_ATTRIBUTES = 60;
const MAX_VALUE = 20_000; // letters: search engines write whole objects
const MAX_ADDRESSES = 50;

/** Attributes that hold where something leads: those of search engines and forums besides `data-…`. */
const LEADING = /^(?:data-[\w-]+|content-href|permalink|mmeta|vrhm|m|[mo]url|onclick|video-?(?:url|src))$/;
const ADDRESS = /(?:https?:)?\/\/[^\s"'<>\\)]{1,500}|vnd\.youtube:[\w-]{11}/g;

/** What holds one in an attribute of HTML's own: a player that waits, and what a page says of a video to search engines. */
const HOLDERS = /^(?:iframe|embed|object|meta|link)$/;
const HELD = /^(?:src|data|content|href)$/;

/** Attributes that hold an id: those that say whose, and those of elements that say it. */
const YOUTUBE = /youtube|(?:^|[^a-z])yt(?:id|video)?(?:[^a-z]|$)/i;
const OF_OTHERS = /channel|playlist|user|title|name/i;
const ID_NAME = /^(?:data-)?(?:(?:plyr-)?(?:embed|video|media)[-_]?)?(?:id|video|src)$/;
const SAYING = /^(?:class|id|(?:data-)?(?:video-|media-|plyr-|embed-)?(?:provider|type|source|service|platform|host))$/;

/** The video that the attributes of an element name; null where they name several. */
export function videoInAttributes(element: Element): string | null {
  const attributes = Array.from(element.attributes).slice(0, MAX_ATTRIBUTES);
  const says = (): boolean =>
    YOUTUBE.test(element.localName) || attributes.some(({ name, value }) => SAYING.test(name) && YOUTUBE.test(value));
  const ids = attributes.flatMap(({ name, value }) => {
    if (/^[\w-]{11}$/.test(value)) {
      const isOwn = YOUTUBE.test(name) && !OF_OTHERS.test(name);
      return isOwn || (ID_NAME.test(name) && says()) ? [value] : [];
    }
    const leads = LEADING.test(name) || (HELD.test(name) && HOLDERS.test(element.localName));
    return leads && value.length <= MAX_VALUE ? videosIn(value) : [];
  });
  return onlyOne(ids);
}

/** The videos whose addresses stand in a text, as in an object of JSON. */
function videosIn(text: string): string[] {
  if (!/youtu|ytimg/i.test(text)) {
    return []; // as nearly every one
  }
  const plain = text.replaceAll('\\/', '/').replaceAll('\\u003d', '=').replaceAll('\\u0026', '&').replaceAll('&amp;', '&');
  const addresses = unescapedForms(plain).flatMap((form) => form.match(ADDRESS) ?? []).slice(0, MAX_ADDRESSES);
  return addresses.flatMap((address) => linkedVideoId(address, document.baseURI) ?? picturedVideoId(address) ?? []);
}

function onlyOne(ids: readonly string[]): string | null {
  return new Set(ids).size === 1 ? ids[0]! : null;
}

const MAX_CARD_TEXT = 500; // letters: more is an article
const MAX_GAP = 48; // px between a picture and its title

/** The video of the smallest card around a picture that names any; only by attributes where the picture has a link. */
function videoInCard(image: Element, box: Rectangle, hasLink: boolean): string | null {
  for (const card of [...around(image)].slice(1)) {
    if (!isCard(card, box)) {
      return null;
    }
    const parts = descendantsOf(card);
    const links = hasLink ? [] : parts.filter((part) => isTitle(part, image, box)).map((part) => hrefOf(part) ?? '');
    const linked = links.map((href) => videoBehind(href));
    const ids = [...linked, ...parts.map(videoInAttributes)].filter((id) => id !== null);
    if (ids.length > 0) {
      return onlyOne(ids);
    }
  }
  return null;
}

/** Whether an element is not much larger than the picture in it, and says not much besides. */
function isCard(element: Element, box: Rectangle): boolean {
  const { width, height } = element.getBoundingClientRect();
  const [wide, high] = [box.right - box.left, box.bottom - box.top];
  const isSmall = width <= Math.max(6 * wide, 900) && height <= 1.4 * high + 80;
  return isSmall && element.textContent.trim().length <= MAX_CARD_TEXT;
}

/** Whether a link belongs to a picture: it lies on it, or beside it and not in a sentence. */
function isTitle(link: Element, image: Element, box: Rectangle): boolean {
  if (hrefOf(link) === null) {
    return false;
  }
  const { left, top, right, bottom } = link.getBoundingClientRect();
  const gap = Math.max(left - box.right, box.left - right, top - box.bottom, box.top - bottom);
  const sentence = link.closest('p')?.textContent.trim();
  const isWhole = sentence === undefined || sentence === link.textContent.trim();
  // A link in a large picture is a button on a page's decoration, unless it lies all over it.
  const isOver = !image.contains(link) || (right - left) * 2 > box.right - box.left;
  return gap <= MAX_GAP && isWhole && isOver;
}
