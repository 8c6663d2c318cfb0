/** The address of the picture that an element shows. */

import { parseThumbnailUrl } from '../../shared/thumbnails.ts';
import { layersOf } from './css.ts';

/** A picture that an element shows: in which way, and for backgrounds in which of its layers. */
export interface ShownImage {
  readonly url: string;
  readonly way: 'image' | 'svg' | 'poster' | 'background' | '::before' | '::after';
  readonly layer: number;
}

const MIN_WIDTH = 60; // px: smaller pictures are icons in a list, and no badge fits
const MIN_ANY_WIDTH = 120; // px, for pictures that only their shape speaks for
const WIDE = 16 / 9;
const WIDE_TOLERANCE = 0.06;

/** Gives the address of a thumbnail that an element shows or, with `any`, of another picture with its shape. */
export function imageUrlOf(element: Element, any: boolean): string | null {
  return shownImageOf(element, any)?.url ?? null;
}

/** Finds the first thumbnail that an element shows, or other picture as `sourceOf` does. */
export function shownImageOf(element: Element, any: boolean): ShownImage | null {
  const { width, height } = element.getBoundingClientRect();
  if (width < MIN_WIDTH) {
    return null;
  }
  for (const picture of picturesOf(element)) {
    const { url: address } = picture;
    const url = parseThumbnailUrl(address)?.url ?? (any && isWide(width, height) ? otherPicture(address) : null);
    if (url !== null) {
      return { ...picture, url };
    }
  }
  return null;
}

function* picturesOf(element: Element): Generator<ShownImage> {
  if (element instanceof HTMLImageElement) {
    yield { way: 'image', url: element.currentSrc || element.src, layer: 0 };
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

function behind(element: Element, pseudo: '::before' | '::after'): ShownImage[] {
  const { content, backgroundImage } = getComputedStyle(element, pseudo);
  return content === 'none' || content === 'normal' ? [] : picturesIn(pseudo, backgroundImage);
}

function picturesIn(way: ShownImage['way'], image: string): ShownImage[] {
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
