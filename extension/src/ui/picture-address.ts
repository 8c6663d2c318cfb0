/** Addresses of pictures that a page of the extension was opened with. */

import { parseThumbnailUrl } from '../shared/thumbnails.ts';

export interface PictureAddress {
  readonly url: string;
  /** Whether it is on a host that the extension may read anyway. */
  readonly thumbnail: boolean;
}

/** Reads an address from anywhere; null for what is neither a thumbnail nor a plain https address. */
export function addressOf(text: string | null): PictureAddress | null {
  const thumbnail = text === null ? null : parseThumbnailUrl(text);
  if (thumbnail !== null) {
    return { url: thumbnail.url, thumbnail: true };
  }
  if (text === null || !URL.canParse(text)) {
    return null;
  }
  const { protocol, username, password, href } = new URL(text);
  return protocol === 'https:' && username === '' && password === '' ? { url: href, thumbnail: false } : null;
}
