/** What the page that explains loads: a picture, and the local server's heat over it. */

import { ClassifyError, messageOf } from '../shared/messages.ts';
import { AS_PICTURE, fetchSaliency } from '../shared/saliency.ts';

/** Asks the server for a picture with heat over it where it speaks for a channel. Throws a ClassifyError. */
export async function fetchHeat(server: string, picture: Blob, channel: string): Promise<Blob> {
  return fetchSaliency(server, picture, channel, AS_PICTURE, new AbortController().signal);
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
