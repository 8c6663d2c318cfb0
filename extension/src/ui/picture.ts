/** The picture that a page of the extension was opened with: its address, and its bytes. */

import { ClassifyError, messageOf } from '../shared/messages.ts';
import { parseThumbnailUrl } from '../shared/thumbnails.ts';

interface PictureAddress {
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

/** Fetches a picture's bytes. An <img> would do it with the cookies of the person. Throws a ClassifyError. */
export async function fetchPicture(url: string): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' });
  } catch (error) {
    throw new ClassifyError('network', messageOf(error));
  }
  if (!response.ok) {
    throw new ClassifyError('http', String(response.status));
  }
  return response.blob();
}
