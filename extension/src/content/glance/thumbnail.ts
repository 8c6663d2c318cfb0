/** The thumbnail that an element shows, where a whole page is looked at: pictures of other sites are left out. */

import { parseThumbnailUrl } from '../../shared/thumbnails.ts';
import { shownImageOf } from '../detect/image-url.ts';
import { isMoving } from '../detect/previews.ts';
import { isShort } from '../detect/shorts.ts';

/** Whether a thumbnail may be fetched; `named`: the page shows it under another address, and only names the video. */
export type MayFetch = (thumbnail: { readonly named: boolean }) => boolean;

/** Null for moving previews and Shorts, and where nobody has allowed to fetch: for a whole page nobody is asked. */
export function thumbnailOf(element: Element, mayFetch: MayFetch): string | null {
  const shown = isMoving(element) ? null : shownImageOf(element, false);
  return shown === null || !mayFetch(shown) || isShort(element, shown.url) ? null : shown.url;
}

/** The same for every picture of a video. */
export function videoOf(url: string): string {
  return parseThumbnailUrl(url)?.videoId ?? url;
}
