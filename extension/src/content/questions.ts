/** What the content script asks of the background. */

import { send } from '../shared/browser.ts';
import {
  type CancelRequest,
  ClassifyError,
  type ClassifyReply,
  type ClassifyRequest,
  type ExplainRequest,
  isClassifyReply,
  messageOf,
  type WarmUpRequest,
} from '../shared/messages.ts';

const PREFIX = Math.random().toString(36).slice(2); // tells this script from those of other tabs and frames
let asked = 0;

/** Asks whose thumbnail an address is; the signal takes the question back. */
export async function ask(url: string, signal: AbortSignal): Promise<ClassifyReply> {
  asked += 1;
  const id = `${PREFIX}-${asked}`;
  const cancel = (): void => {
    tell({ type: 'cancel', id });
  };
  signal.addEventListener('abort', cancel);
  try {
    const reply = await send({ type: 'classify', url, id } satisfies ClassifyRequest);
    if (!isClassifyReply(reply)) {
      throw new ClassifyError('internal', 'the background gave no answer');
    }
    return reply;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Says something that needs no answer; that nobody listened shows with the next question. */
export function tell(message: CancelRequest | ExplainRequest | WarmUpRequest): void {
  send(message).catch((error: unknown) => {
    console.warn(`Thumbprint: ${message.type} was not heard: ${messageOf(error)}`);
  });
}
