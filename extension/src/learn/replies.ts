/** What the background answers to who learns a channel, checked field by field. */

import type { ChangeReply, ChannelsReply, PreviewReply } from '../shared/learning.ts';
import { type ClassifyFailure, failure, isFailure, isObject, noAnswer, type Request } from '../shared/messages.ts';

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
