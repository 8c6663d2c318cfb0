/** Fetches the bytes of a picture: the very address that the page shows, without cookies and without a referrer. */

import { readBody } from '../shared/body.ts';
import { ClassifyError, messageOf } from '../shared/messages.ts';
import { isThumbnailServer } from '../shared/thumbnails.ts';

export interface FetchRules {
  /** Asked for the address before anybody else is: no redirect is followed from there. */
  readonly allows: (url: URL) => boolean | Promise<boolean>;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

export const THUMBNAIL_RULES: FetchRules = {
  allows: isThumbnailServer,
  maxBytes: 8 * 1024 * 1024,
  timeoutMs: 10_000,
};

const MAX_DATA_LENGTH = 20 * 1024 * 1024;

/** Throws a ClassifyError: not-a-thumbnail, network, http, redirect, not-an-image, too-large or cancelled by the signal. */
export async function fetchPicture(address: string, rules: FetchRules, signal: AbortSignal): Promise<Blob> {
  try {
    await checkServer(address, rules);
    signal.throwIfAborted();
    const response = await fetch(address, {
      credentials: 'omit',
      redirect: 'manual', // who sends pictures may otherwise make us ask anybody, also on this machine
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.any([signal, AbortSignal.timeout(rules.timeoutMs)]),
    });
    const type = checkHead(response);
    return new Blob(await readBody(response, rules.maxBytes), { type });
  } catch (error) {
    if (signal.aborted) {
      throw new ClassifyError('cancelled');
    }
    // `fetch` and the body reject alike: a TypeError without a connection, a TimeoutError by the signal.
    throw error instanceof ClassifyError ? error : new ClassifyError('network', messageOf(error));
  }
}

/** Reads a picture from its `data:` address. Throws a ClassifyError: not-an-image, too-large or decode. */
export async function readDataUrl(address: string): Promise<Blob> {
  if (address.length > MAX_DATA_LENGTH) {
    throw new ClassifyError('too-large', String(address.length));
  }
  const type = /^data:([^,;]*)/i.exec(address)?.[1] ?? '';
  if (!/^image\//i.test(type)) {
    throw new ClassifyError('not-an-image', type);
  }
  try {
    return await (await fetch(address)).blob();
  } catch (error) {
    throw new ClassifyError('decode', messageOf(error));
  }
}

async function checkServer(address: string, rules: FetchRules): Promise<void> {
  const url = new URL(address);
  if (!(await rules.allows(url))) {
    throw new ClassifyError('not-a-thumbnail', url.host);
  }
}

/** Checks everything that is known before the body; the type of the picture. */
function checkHead(response: Response): string {
  if (response.type === 'opaqueredirect' || isRedirect(response.status)) {
    throw new ClassifyError('redirect');
  }
  if (!response.ok) {
    throw new ClassifyError('http', String(response.status));
  }
  const type = response.headers.get('content-type') ?? '';
  if (!/^image\//i.test(type)) {
    throw new ClassifyError('not-an-image', type);
  }
  return type;
}

/** Browsers tell no more than the type of such an answer, Node tells its status. */
function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
