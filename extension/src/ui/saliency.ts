/** The local server's picture of what in a thumbnail speaks for a channel. */

import { ClassifyError, messageOf } from '../shared/messages.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** Asks the server where a channel is seen in a picture. Throws a ClassifyError. */
export async function fetchSaliency(server: string, picture: Blob, channel: string): Promise<Blob> {
  const query = new URLSearchParams({ method: 'gradcam', channel });
  let response: Response;
  try {
    response = await fetch(`${server}/saliency?${query.toString()}`, {
      method: 'POST',
      body: picture.slice(), // without a type, the browser need not ask the server first
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    });
  } catch (error) {
    throw new ClassifyError('server', messageOf(error));
  }
  if (!response.ok) {
    throw new ClassifyError('server', `HTTP ${response.status}`);
  }
  const heat = await response.blob();
  if (heat.type !== 'image/png' || heat.size > MAX_BYTES) {
    throw new ClassifyError('server', heat.type || '?');
  }
  return heat;
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
