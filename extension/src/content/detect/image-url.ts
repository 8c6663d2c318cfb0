/** The address of the picture that an element shows. */

import { parseThumbnailUrl, thumbnailOf } from '../../shared/thumbnails.ts';
import type { Size } from '../../shared/geometry.ts';
import { layersOf } from './css.ts';
import { linkedVideoOf } from './linked-video.ts';
import { picturedVideoId } from './picture-address.ts';

/** An address on a page: shown in which way, and for backgrounds in which of its layers. */
interface Picture {
  readonly url: string;
  readonly way: 'image' | 'svg' | 'poster' | 'background' | '::before' | '::after';
  readonly layer: number;
}

/** A picture that an element shows. */
export interface ShownImage extends Picture {
  /** Whether the page shows it under another address, and only names the video whose thumbnail has this one. */
  readonly named: boolean;
  /** Where `named`: the address that the page shows, if it may be looked at in the place of the thumbnail. */
  readonly shown: string | null;
}

const MIN_WIDTH = 60; // px: smaller pictures are icons in a list, and no badge fits
const MIN_ANY_WIDTH = 120; // px, for pictures that only their shape speaks for
const WIDE = 16 / 9;
const WIDE_TOLERANCE = 0.06;
const SHAPE_TOLERANCE = 0.05;

/** Gives the address of a thumbnail that an element shows or, with `any`, of another picture with its shape. */
export function imageUrlOf(element: Element, any: boolean): string | null {
  return shownImageOf(element, any)?.url ?? null;
}

/** Finds the first thumbnail that an element shows, or other picture as `imageUrlOf` does. */
export function shownImageOf(element: Element, any: boolean): ShownImage | null {
  const { width, height } = element.getBoundingClientRect();
  if (width < MIN_WIDTH) {
    return null;
  }
  for (const picture of picturesOf(element)) {
    const own = parseThumbnailUrl(picture.url)?.url;
    const id = own === undefined ? namedVideo(element, picture, { width, height }) : null;
    const shown = any && isWide(width, height) ? otherPicture(picture.url) : null;
    const url = own ?? (id === null ? shown : thumbnailOf(id));
    if (url !== null) {
      return { ...picture, url, named: id !== null, shown: id === null ? null : shown };
    }
  }
  return null;
}

/** The video whose thumbnail a picture is by its address, by another one that it has, or by the page around it. */
function namedVideo(element: Element, { url, way }: Picture, size: Size): string | null {
  const id = picturedVideoId(url);
  if (id !== null || url === '' || isPlaceholder(element, url)) {
    return id;
  }
  const alternatives = way === 'image' ? alternativesOf(element) : '';
  const isLinked = isLikeThumbnail(element, size) && !isOtherOfYouTube(url);
  return picturedVideoId(alternatives) ?? (isLinked ? linkedVideoOf(element, url) : null);
}

const MAX_ALTERNATIVES = 4000; // letters

/** The addresses of the same picture in other formats and sizes, of which the browser has taken one. */
function alternativesOf(image: Element): string {
  const sources = image.parentElement?.localName === 'picture' ? image.parentElement.querySelectorAll('source') : [];
  const texts = [image.getAttribute('src'), ...[image, ...sources].map((element) => element.getAttribute('srcset'))];
  return texts.filter((text) => text !== null && !text.startsWith('data:')).join(' ').slice(0, MAX_ALTERNATIVES);
}

const SHAPES = [WIDE, 4 / 3, 1.91]; // as `hqdefault`, and as the cards of social networks crop
const MIN_NAMED_WIDTH = 88; // px
const MIN_RATIO = 1.2; // of a picture's own sides: squares are cropped to any shape
const MIN_NATURAL = 48; // px: blurred stand-ins are smaller

/** Whether an element has the shape and size of a video's thumbnail, and its picture is not square or upright. */
function isLikeThumbnail(element: Element, { width, height }: Size): boolean {
  const isShape = SHAPES.some((shape) => Math.abs(width / height / shape - 1) <= SHAPE_TOLERANCE);
  const isLoaded = element instanceof HTMLImageElement && element.naturalHeight > 0;
  const natural = isLoaded ? element.naturalWidth / element.naturalHeight : WIDE;
  return width >= MIN_NAMED_WIDTH && isShape && natural > MIN_RATIO;
}

/** Whether nothing of a picture is seen yet: the page puts it there once it is scrolled to. */
function isPlaceholder(element: Element, url: string): boolean {
  const isTiny = element instanceof HTMLImageElement && element.naturalWidth > 0 && element.naturalWidth < MIN_NATURAL;
  return isTiny || /^data:image\/(?:svg|gif)/i.test(url);
}

/** Avatars, banners, and pictures of playlists and posts: what a link beside them leads to says nothing of them. */
function isOtherOfYouTube(url: string): boolean {
  return /^https?:\/\/(?:[\w-]+\.)*(?:ytimg\.com|ggpht\.com|yt\d\.googleusercontent\.com)\//i.test(url);
}

/** What DeArrow draws in the place of a thumbnail. */
const DEARROW = 'canvas.cbCustomThumbnailCanvas';

function* picturesOf(element: Element): Generator<Picture> {
  if (element instanceof HTMLImageElement) {
    yield { way: 'image', url: element.currentSrc || element.src, layer: 0 };
  } else if (element instanceof HTMLInputElement && element.type === 'image') {
    yield { way: 'image', url: element.src, layer: 0 };
  } else if (element.matches(DEARROW)) {
    yield { way: 'image', url: 'blob:', layer: 0 }; // it has no address
  } else if (element instanceof SVGImageElement) {
    yield { way: 'svg', url: element.href.baseVal, layer: 0 };
  } else if (element instanceof HTMLVideoElement && element.played.length === 0) {
    yield { way: 'poster', url: element.poster, layer: 0 }; // gone for good once the video has played
  }
  // A picture behind the whole page is decoration.
  if (element !== document.body && element !== document.documentElement) {
    yield* picturesIn('background', getComputedStyle(element).backgroundImage);
    yield* behind(element, '::before');
    yield* behind(element, '::after');
  }
}

function behind(element: Element, pseudo: '::before' | '::after'): Picture[] {
  const { content, backgroundImage } = getComputedStyle(element, pseudo);
  return content === 'none' || content === 'normal' ? [] : picturesIn(pseudo, backgroundImage);
}

function picturesIn(way: Picture['way'], image: string): Picture[] {
  if (image === 'none') {
    return []; // as nearly everywhere
  }
  return layersOf(image).flatMap((text, layer) => addressesIn(text).map((url) => ({ way, url, layer })));
}

/** The addresses in a computed `background-image`, also in `image-set()`. */
export function addressesIn(image: string): string[] {
  return Array.from(image.matchAll(/url\("((?:[^"\\]|\\.)*)"\)/g), ([, address]) =>
    (address ?? '').replaceAll(/\\(.)/g, '$1'),
  );
}

/** Whether a picture has about the shape of a video and is large enough to be one's thumbnail. */
export function isWide(width: number, height: number): boolean {
  return width >= MIN_ANY_WIDTH && Math.abs(width / height / WIDE - 1) <= WIDE_TOLERANCE;
}

function otherPicture(address: string): string | null {
  return address.startsWith('https://') && URL.canParse(address) ? address : null;
}
