/** The moving pictures that a site plays above the thumbnail that is pointed at. */

import { closest } from './stacking.ts';

/** YouTube plays a video above the card that is pointed at, in an element outside of it and larger than the picture. */
export const PREVIEW = [
  'ytd-video-preview',
  '.ytdVideoPreviewHost',
  '#inline-preview-player',
  '#video-preview',
  'ytd-inline-video-preview',
].join();

/** What moves inside of YouTube's cards. */
const INSIDE = [
  'yt-animated-thumbnail-overlay-view-model',
  '.ytAnimatedThumbnailOverlayViewModelHost',
  'yt-animated-thumbnail',
  'ytd-moving-thumbnail-renderer',
  'ytd-thumbnail-overlay-loading-preview-renderer',
  '#mouseover-overlay',
].join();

/** Six seconds of a video as one picture. */
const MOVING = /^https:\/\/i[1-9]?\.ytimg\.com\/an(?:_webp)?\//;

/** Whether an element shows a few seconds of a video, and not its thumbnail. */
export function isMoving(element: Element): boolean {
  const address = element instanceof HTMLImageElement ? element.currentSrc || element.src : '';
  return MOVING.test(address) || closest(element, INSIDE) !== null;
}

/** Whether something above a picture is a preview of the same video, as a video in the same link is. */
export function isPreviewOf(above: Element, image: Element): boolean {
  const link = above.matches('video') ? closest(above, 'a, button') : null;
  return isMoving(above) || (link !== null && link === closest(image, 'a, button')) || isOverlay(above, image);
}

/** Play buttons and frames of a link come as pictures with transparent parts. */
function isOverlay(above: Element, image: Element): boolean {
  if (!(above instanceof HTMLImageElement) || !/\.(?:png|svg|gif)(?:[?#]|$)/i.test(above.currentSrc)) {
    return false;
  }
  const link = closest(above, 'a, button');
  return link !== null && link === closest(image, 'a, button');
}
