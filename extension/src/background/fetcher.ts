/** Fetches the bytes of a thumbnail: the very address that the page shows, without cookies and without a referrer. */

import { ClassifyError, messageOf } from '../shared/messages.ts';
import { isThumbnailServer } from '../shared/thumbnails.ts';

export interface FetchRules {
  /** Asked for the address itself and for where redirects led. */
  readonly allows: (url: URL) => boolean;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

const RULES: FetchRules = { allows: isThumbnailServer, maxBytes: 8 * 1024 * 1024, timeoutMs: 10_000 };

/** Throws a ClassifyError: not-a-thumbnail, network, http, not-an-image or too-large. */
export async function fetchThumbnail(address: string, rules: FetchRules = RULES): Promise<Blob> {
  checkServer(address, rules);
  try {
    const response = await fetch(address, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(rules.timeoutMs),
    });
    const type = checkHead(response, rules);
    return new Blob(await readBody(response, rules.maxBytes), { type });
  } catch (error) {
    if (error instanceof ClassifyError) {
      throw error;
    }
    // `fetch` and the body reject alike: a TypeError without a connection, a TimeoutError by the signal.
    throw new ClassifyError('network', messageOf(error));
  }
}

function checkServer(address: string, rules: FetchRules): void {
  const url = new URL(address);
  if (!rules.allows(url)) {
    throw new ClassifyError('not-a-thumbnail', url.host);
  }
}

/** Checks everything that is known before the body; the type of the picture. */
function checkHead(response: Response, rules: FetchRules): string {
  checkServer(response.url, rules);
  if (!response.ok) {
    throw new ClassifyError('http', String(response.status));
  }
  const type = response.headers.get('content-type') ?? '';
  if (!/^image\//i.test(type)) {
    throw new ClassifyError('not-an-image', type);
  }
  return type;
}

/** Reads no more than `maxBytes`, whatever the header promised. */
async function readBody(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = Number(response.headers.get('content-length') ?? 0);
  let received = 0;
  for (;;) {
    size = Math.max(size, received);
    if (size > maxBytes) {
      await reader?.cancel();
      throw new ClassifyError('too-large', String(size));
    }
    const chunk = await reader?.read();
    if (chunk?.value === undefined) {
      return chunks;
    }
    chunks.push(chunk.value);
    received += chunk.value.length;
  }
}
