/** Learning channels past the panel, as a page of the extension asks for it: with thumbnails that are drawn here. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import type { ChangeReply, ChannelsReply, ExportReply, ImportReply, Learnt, PreviewReply } from '../../extension/src/shared/learning.ts';
import type { ClassifyReply, Request } from '../../extension/src/shared/messages.ts';
import { OUT, type Thumbnail } from './fixtures.ts';

/** The extension of a release: it knows no channel, and can learn some. */
export const RELEASED = join(OUT, 'released/extension');

export interface LearningReplies {
  'channels': Learnt<ChannelsReply>;
  'classify': ClassifyReply;
  'glance': ClassifyReply;
  'learn-preview': Learnt<PreviewReply>;
  'learn-keep': Learnt<ChangeReply>;
  'learn-undo': Learnt<{ ok: true }>;
  'forget-channel': Learnt<ChangeReply>;
  'forget-browsing': Learnt<ChangeReply>;
  'seen': Learnt<{ ok: true }>;
  'correct': Learnt<ChangeReply>;
  'export-channels': Learnt<ExportReply>;
  'import-channels': Learnt<ImportReply>;
}

/** Ask the background; null where it did not live to answer. */
export async function askLearning<T extends keyof LearningReplies>(page: Page, request: Request & { type: T }): Promise<LearningReplies[T] | null> {
  const reply = await page.evaluate((message) => chrome.runtime.sendMessage<unknown, unknown>(message).catch(() => null), request);
  return (reply ?? null) as LearningReplies[T] | null;
}

/** Pictures of channels: each thumbnail that was prepared, as a video of the channel that drew it. */
export interface Drawn {
  readonly name: string;
  readonly videos: readonly string[];
}

/** Channels of five videos each, whose pictures are those of the prepared thumbnails. */
export function drawnChannels(prepared: readonly Thumbnail[], count: number): { channels: Drawn[]; thumbnails: Thumbnail[] } {
  const thumbnails: Thumbnail[] = [];
  const channels = Array.from({ length: count }, (_, channel) => {
    const videos = Array.from({ length: 5 }, (__, video) => {
      const id = `c${channel}v${video}-store`.padEnd(11, '0');
      thumbnails.push({ ...prepared[(channel * 5 + video) % prepared.length]!, id, path: `/vi/${id}/mqdefault.jpg` });
      return id;
    });
    return { name: `Channel ${channel}`, videos };
  });
  return { channels, thumbnails };
}

export function identityOf(channel: number): string {
  return JSON.stringify({ id: `UC${String(channel).padStart(22, '0')}`, handle: `channel${channel}`, name: `Channel ${channel}` });
}

export function keyOf(channel: number): string {
  return `UC${String(channel).padStart(22, '0')}`;
}

export function keepRequest(channel: number, { videos }: Drawn, id: string): Request<'learn-keep'> {
  return { type: 'learn-keep', channel: identityOf(channel), examples: JSON.stringify(videos), id };
}

/** The keys of all channels that are known, in order. */
export async function knownKeys(page: Page): Promise<string[]> {
  const reply = await askLearning(page, { type: 'channels' });
  assert.ok(reply?.ok, JSON.stringify(reply));
  return reply.channels.map(({ key }) => key).toSorted();
}

export async function forgetAll(page: Page): Promise<void> {
  for (const key of await knownKeys(page)) await askLearning(page, { type: 'forget-channel', key });
}

/** The text of a file with all that was learnt. */
export async function exportAll(page: Page): Promise<string> {
  const exported = await askLearning(page, { type: 'export-channels' });
  assert.ok(exported?.ok, JSON.stringify(exported));
  return exported.text;
}
