/** Which thumbnails are of Shorts: upright pictures, of which a model of 16:9 thumbnails can say nothing. */

import { parseThumbnailUrl } from '../../shared/thumbnails.ts';
import { clipsAround } from './clips.ts';
import { closest } from './stacking.ts';

const CARD = [
  'ytm-shorts-lockup-view-model',
  'ytm-shorts-lockup-view-model-v2',
  'ytd-reel-item-renderer',
  'ytm-reel-item-renderer',
  'ytd-reel-video-renderer',
].join();

/** Sizes in the shape of the video itself. */
const OWN_SHAPE = /^(?:oar(?:default|\d)|frame\d)/;

const UPRIGHT = 0.8; // width by height: 9:16 and 3:4 are, squares are not

/**
 * Whether a thumbnail is a Short's: because a link or the card says so, or because it is shown upright, whole or cropped.
 * A square is a part of a usual thumbnail, as in lists of music, and is answered as that.
 */
export function isShort(image: Element, url: string): boolean {
  const thumbnail = parseThumbnailUrl(url);
  return thumbnail !== null && (isLinked(image, thumbnail.videoId) || isShownUpright(image, thumbnail.variant));
}

function isLinked(image: Element, videoId: string): boolean {
  const address = closest(image, 'a[href]')?.getAttribute('href') ?? '';
  return address.includes(`/shorts/${videoId}`) || closest(image, CARD) !== null;
}

function isShownUpright(image: Element, variant: string): boolean {
  const loaded = image instanceof HTMLImageElement && image.naturalWidth > 0 ? image : null;
  if (loaded !== null && isUpright(loaded.naturalWidth, loaded.naturalHeight)) {
    return true;
  }
  return (loaded === null && OWN_SHAPE.test(variant)) || (!isWhole(image) && isCroppedUpright(image));
}

function isUpright(width: number, height: number): boolean {
  return width < height * UPRIGHT;
}

/** Whether a box shows all of a picture, with room beside it. */
function isWhole(image: Element): boolean {
  const { objectFit, backgroundSize } = getComputedStyle(image);
  return image instanceof HTMLImageElement ? /contain|scale-down/.test(objectFit) : backgroundSize === 'contain';
}

/** By its own box, or by those around it that cut off both of its sides: a list that is scrolled cuts off one. */
function isCroppedUpright(image: Element): boolean {
  const { left, top, right, bottom } = image.getBoundingClientRect();
  const crops = clipsAround(image).map(({ box }) => box).filter((box) => box.left > left && box.right < right);
  const width = Math.min(right - left, ...crops.map((box) => box.right - box.left));
  const height = Math.min(bottom - top, ...crops.map((box) => box.bottom - box.top));
  return isUpright(width, height);
}
