/** What the content script asks of the background. */

import { type HeatmapReply, isHeatmapReply } from '../heatmap/heatmap.ts';
import { isChannels } from '../learn/requests.ts';
import { send } from '../shared/browser.ts';
import type { ChannelIdentity, ChannelsReply } from '../shared/learning.ts';
import { type ClassifyFailure, type ClassifyReply, failure, isClassifyReply, isFailure, isObject, messageOf, noAnswer, type Reason, type Request } from '../shared/messages.ts';

const PREFIX = Math.random().toString(36).slice(2); // tells this script from those of other tabs and frames
let asked = 0;

/** Asks whose thumbnail an address is; the signal takes the question back. */
export async function classify(url: string, signal: AbortSignal): Promise<ClassifyReply> {
  const reply = await sendUntil(signal, (id) => ({ type: 'classify', url, id }));
  return isClassifyReply(reply) ? reply : noAnswer();
}

/** The answer where nothing is asked. */
export function refusal(reason: Reason): Promise<ClassifyReply> {
  return Promise.resolve({ ok: false, reason });
}

/** Asks the same of a thumbnail that nobody points at: whoever points at one is answered first. */
export async function classifyLater(url: string, signal: AbortSignal): Promise<ClassifyReply> {
  const reply = await sendUntil(signal, (id) => ({ type: 'glance', url, id }));
  return isClassifyReply(reply) ? reply : noAnswer();
}

/** Says that a picture may be asked for in a moment; the signal takes it back. */
export function prefetch(url: string, signal: AbortSignal): void {
  sendUntil(signal, (id) => ({ type: 'prepare', url, id })).catch((error: unknown) => {
    console.warn(`Thumbprint: prepare was not heard: ${messageOf(error)}`);
  });
}

/** Asks where in a picture a channel is seen; the signal takes the question back. */
export async function requestHeatmap(url: string, channel: string, signal: AbortSignal): Promise<HeatmapReply> {
  const reply = await sendUntil(signal, (id) => ({ type: 'heat', url, channel, id }));
  return isHeatmapReply(reply) ? reply : noAnswer();
}

async function sendUntil(signal: AbortSignal, request: (id: string) => Request): Promise<unknown> {
  asked += 1;
  const id = `${PREFIX}-${asked}`;
  const cancel = (): void => notify({ type: 'cancel', id });
  signal.addEventListener('abort', cancel);
  try {
    return await send(request(id));
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Asks which channels are known; none where nobody says. */
export async function requestChannels(): Promise<ChannelsReply['channels']> {
  const reply = await send({ type: 'channels' });
  return isChannels(reply) ? reply.channels : [];
}

/** Says of a thumbnail which channel it is not, or which it is; both '' takes that back. Null where it was stored. */
export async function correct(url: string, not: string, is: string): Promise<ClassifyFailure | null> {
  try {
    const reply = await send({ type: 'correct', url, not, is });
    return isFailure(reply) ? reply : isObject(reply) ? null : noAnswer();
  } catch (error) {
    return failure(error);
  }
}

/** Opens the page of a channel, to learn it. */
export function openChannel(channel: ChannelIdentity): void {
  notify({ type: 'open-channel', channel: JSON.stringify(channel) });
}

/** Says who posted a thumbnail that was answered. */
export function noteSeen(url: string, poster: ChannelIdentity): void {
  notify({ type: 'seen', url, poster: JSON.stringify(poster) });
}

/** Says something that needs no answer; that nobody listened shows with the next question. */
export function notify(message: Request<'cancel' | 'explain' | 'glance-count' | 'open-channel' | 'report' | 'seen' | 'warm-up'>): void {
  send(message).catch((error: unknown) => {
    console.warn(`Thumbprint: ${message.type} was not heard: ${messageOf(error)}`);
  });
}
