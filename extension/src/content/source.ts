/** The address of the picture that an element shows. */

import { parseThumbnailUrl } from '../shared/thumbnails.ts';

const MIN_WIDTH = 60; // px: smaller pictures are icons in a list, and no badge fits
const MIN_ANY_WIDTH = 120; // px, for pictures that only their shape speaks for
const WIDE = 16 / 9;
const WIDE_TOLERANCE = 0.06;

/** Gives the address of a thumbnail that an element shows or, with `any`, of another picture with its shape. */
export function sourceOf(element: Element, any: boolean): string | null {
  const { width, height } = element.getBoundingClientRect();
  if (width < MIN_WIDTH) {
    return null;
  }
  for (const address of addressesOf(element)) {
    const url = parseThumbnailUrl(address)?.url ?? (any && isWide(width, height) ? otherPicture(address) : null);
    if (url !== null) {
      return url;
    }
  }
  return null;
}

function* addressesOf(element: Element): Generator<string> {
  if (element instanceof HTMLImageElement) {
    yield element.currentSrc || element.src;
  } else if (element instanceof SVGImageElement) {
    yield element.href.baseVal;
  } else if (element instanceof HTMLVideoElement && element.played.length === 0) {
    yield element.poster; // gone for good once the video has played
  }
  // A picture behind the whole page is decoration.
  if (element !== document.body && element !== document.documentElement) {
    yield* addressesIn(getComputedStyle(element).backgroundImage);
    yield* behind(element, '::before');
    yield* behind(element, '::after');
  }
}

function behind(element: Element, pseudo: string): string[] {
  const { content, backgroundImage } = getComputedStyle(element, pseudo);
  return content === 'none' || content === 'normal' ? [] : addressesIn(backgroundImage);
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
