/** The thumbnail that an element shows, where a whole page is looked at: pictures of other sites are left out. */

import { parseThumbnailUrl } from '../../shared/thumbnails.ts';
import { imageUrlOf } from '../detect/image-url.ts';

export function thumbnailOf(element: Element): string | null {
  return imageUrlOf(element, false);
}

/** The same for every picture of a video. */
export function videoOf(url: string): string {
  return parseThumbnailUrl(url)?.videoId ?? url;
}
