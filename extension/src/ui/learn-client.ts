/** What the pages ask the background about channels that are learnt, and a check of what comes back. */

import type {
  ChangeReply,
  ChannelIdentity,
  ChannelsReply,
  ExportReply,
  FileReply,
  ImportReply,
  Learnt,
} from '../shared/learning.ts';
import { isFailure, isObject, type Request } from '../shared/messages.ts';
import { ask } from './background-client.ts';

export async function askChannels(): Promise<Learnt<ChannelsReply>> {
  return ask({ type: 'channels' }, replyWith<ChannelsReply>({ channels: Array.isArray, browsing: isObject }));
}

type Change = 'forget-browsing' | 'forget-channel' | 'forget-corrections' | 'learn-keep' | 'rename-channel';

/** Asks for a change that can be taken back. */
export async function change(request: Request<Change>): Promise<Learnt<ChangeReply>> {
  return ask(request, replyWith<ChangeReply>({ change: isText }));
}

export async function undo(token: string): Promise<Learnt<{ readonly ok: true }>> {
  return ask({ type: 'learn-undo', change: token }, replyWith<{ ok: true }>({}));
}

/** Reads a picture, given as a `data:` address, so that it can be an example. */
export async function readPicture(data: string, id: string): Promise<Learnt<FileReply>> {
  return ask({ type: 'learn-file', data, id }, replyWith<FileReply>({ example: isText }));
}

export async function openChannel(channel: ChannelIdentity): Promise<Learnt<{ readonly ok: true }>> {
  return ask({ type: 'open-channel', channel: JSON.stringify(channel) }, replyWith<{ ok: true }>({}));
}

export async function exportChannels(): Promise<Learnt<ExportReply>> {
  return ask({ type: 'export-channels' }, replyWith<ExportReply>({ text: isText }));
}

/** Says what a file would change, and changes it with `apply`. */
export async function importChannels(text: string, apply: boolean): Promise<Learnt<ImportReply>> {
  return ask({ type: 'import-channels', text, apply: apply ? '1' : '' }, replyWith<ImportReply>({ change: isText }));
}

/** Whether a reply is a failure, or has these fields. */
function replyWith<T>(fields: Readonly<Record<string, (value: unknown) => boolean>>): (value: unknown) => value is Learnt<T> {
  return (value): value is Learnt<T> =>
    isFailure(value) ||
    (isObject(value) && value['ok'] === true && Object.entries(fields).every(([name, isGood]) => isGood(value[name])));
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
