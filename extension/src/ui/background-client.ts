/** Questions of the pages to the background, and a check of what comes back. */

import { type HeatmapReply, isHeatmapReply } from '../heatmap/heatmap.ts';
import { send } from '../shared/browser.ts';
import {
  type ClassifyFailure,
  type ClassifyReply,
  failure,
  type HistoryEntry,
  isClassifyReply,
  isFailure,
  isObject,
  type ModelReply,
  noAnswer,
  type Request,
  type Status,
} from '../shared/messages.ts';

/** The answer, or what went wrong: never rejects, because a person waits for either. */
export async function ask<T>(request: Request, isReply: (value: unknown) => value is T): Promise<T | ClassifyFailure> {
  try {
    const reply = await send(request);
    return isReply(reply) ? reply : noAnswer();
  } catch (error) {
    return failure(error);
  }
}

/** Whose thumbnail a picture is, given as a `data:` address. */
export async function classifyPicture(name: string, data: string): Promise<ClassifyReply> {
  return ask({ type: 'classify-picture', name, data }, isClassifyReply);
}

/** Whose thumbnail an address is. */
export async function classifyAddress(url: string): Promise<ClassifyReply> {
  return ask({ type: 'classify', url, id: crypto.randomUUID() }, isClassifyReply);
}

/** Which parts of a picture speak for a channel. */
export async function explainAddress(url: string, channel: string): Promise<HeatmapReply> {
  return ask({ type: 'heat', url, channel, id: crypto.randomUUID() }, isHeatmapReply);
}

export async function askStatus(): Promise<Status> {
  const status = await ask({ type: 'status' }, isStatus);
  return 'model' in status ? status : { model: status, server: 'none', wantedHosts: [] };
}

/** The last answers, the newest first. */
export async function askHistory(): Promise<readonly HistoryEntry[]> {
  const entries = await send({ type: 'history' });
  return Array.isArray(entries) ? (entries as HistoryEntry[]) : [];
}

export async function clearCache(): Promise<void> {
  await send({ type: 'clear-cache' });
}

/** Takes the server's model, or goes back to the packaged one. */
export async function changeModel(type: 'update-model' | 'revert-model'): Promise<ModelReply> {
  return ask({ type }, isModelReply);
}

function isStatus(value: unknown): value is Status {
  return isObject(value) && 'model' in value && 'server' in value;
}

function isModelReply(value: unknown): value is ModelReply {
  return isFailure(value) || (isObject(value) && value['ok'] === true && typeof value['version'] === 'string');
}
