/** What who learns a channel asks of the background: thumbnails to read, and answers that are checked field by field. */

import type { ChangeReply, ChannelsReply, Example, PreviewReply } from '../shared/learning.ts';
import {
  type ClassifyFailure,
  failure,
  isClassifyReply,
  isFailure,
  isObject,
  noAnswer,
  type Reason,
  type Request,
} from '../shared/messages.ts';
import { thumbnailOf } from '../shared/thumbnails.ts';

/** Sends a request to the background. */
export type Ask = (request: Request) => Promise<unknown>;

/**
 * Asks, and once more where nobody answered: the browser may have ended the background in the middle. The second request
 * has the same id, so that what the first one stored is not stored twice.
 */
export async function askTwice<T>(
  ask: Ask,
  request: Request,
  isReply: (value: unknown) => value is T,
): Promise<T | ClassifyFailure> {
  const first = await askOnce(ask, request, isReply);
  return isFailure(first) && first.reason === 'internal' ? askOnce(ask, request, isReply) : first;
}

async function askOnce<T>(ask: Ask, request: Request, isReply: (value: unknown) => value is T): Promise<T | ClassifyFailure> {
  try {
    const reply = await ask(request);
    return isReply(reply) || isFailure(reply) ? reply : noAnswer();
  } catch (error) {
    return failure(error);
  }
}

/** An example that could not be read. */
export interface Failed {
  readonly example: Example;
  readonly reason: Reason;
  readonly detail?: string;
}

/** How requests are sent, and what each is called, so that it can be cancelled. */
export interface Asking {
  readonly ask: Ask;
  readonly newId: () => string;
}

const AT_ONCE = 4;
const TRIES = 3; // of one: the background refuses some where others are more urgent

/** Reads until the signal; gives those that could not be read, and tells `progress` how many were looked at. */
export async function readExamples(
  examples: readonly Example[],
  asking: Asking,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<Failed[]> {
  const waiting = [...examples];
  const failed: Failed[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let example = waiting.shift(); example !== undefined; example = waiting.shift()) {
      const failure = await readOne(example, asking, signal);
      if (signal.aborted) {
        return;
      }
      if (failure !== null) {
        const { reason, detail } = failure;
        failed.push({ example, reason, ...(detail === undefined ? {} : { detail }) });
      }
      progress(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failed;
}

/** Null where it was read: what the answer is does not matter here. */
async function readOne(example: Example, asking: Asking, signal: AbortSignal, tries = TRIES): Promise<ClassifyFailure | null> {
  if (example.startsWith('picture:')) {
    return null; // a file was read when it was chosen
  }
  const reply = await glance(example, asking, signal);
  const isRefused = reply?.reason === 'cancelled' && !signal.aborted;
  return isRefused && tries > 1 ? readOne(example, asking, signal, tries - 1) : reply;
}

async function glance(example: Example, { ask, newId }: Asking, signal: AbortSignal): Promise<ClassifyFailure | null> {
  const id = newId();
  const cancel = (): void => void ask({ type: 'cancel', id }).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  const reply = await askTwice(ask, { type: 'glance', url: thumbnailOf(example), id }, isClassifyReply);
  signal.removeEventListener('abort', cancel);
  return reply.ok || reply.reason === 'no-channels' ? null : reply;
}

export function isChange(value: unknown): value is ChangeReply {
  return isOk(value) && typeof value['change'] === 'string';
}

export function isDone(value: unknown): value is { readonly ok: true } {
  return isOk(value);
}

export function isChannels(value: unknown): value is ChannelsReply {
  return isOk(value) && isListOf(value['channels'], ['key', 'id', 'handle', 'name', 'source']) && typeof value['canLearn'] === 'boolean';
}

export function isPreview(value: unknown): value is PreviewReply {
  return (
    isOk(value) &&
    Number.isFinite(value['count']) &&
    isListOf(value['tested'], ['example']) &&
    isListOf(value['others'], ['example', 'name']) &&
    isListOf(value['alike'], ['name']) &&
    isListOf(value['failed'], ['example', 'reason']) &&
    isObject(value['strangers'])
  );
}

export function isPicture(value: unknown): value is { readonly ok: true; readonly data: string } {
  return isOk(value) && typeof value['data'] === 'string';
}

function isOk(value: unknown): value is Record<string, unknown> {
  return isObject(value) && value['ok'] === true;
}

/** Whether a value is a list of objects, each with texts under some names. */
function isListOf(value: unknown, texts: readonly string[]): boolean {
  return Array.isArray(value) && value.every((one) => isObject(one) && texts.every((name) => typeof one[name] === 'string'));
}
