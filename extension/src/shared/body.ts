/** How the local server is asked, and how what any server sends is read: within bounds. */

import { ClassifyError } from './messages.ts';

/** Nothing of the person goes along, nothing is kept, and nobody else is asked. */
export const PRIVATELY = { cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' } as const;

/** Reads no more than `maxBytes`, whatever the header promised; throws a ClassifyError (too-large) for more. */
export async function readBody(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>[]> {
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
