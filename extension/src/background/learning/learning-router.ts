/** Requests about learnt channels: who may ask for which, and what is answered. */

import type { Sender } from '../../shared/browser.ts';
import type { BeginReply, ChangeReply, ChannelIdentity, ChannelsReply, Example } from '../../shared/learning.ts';
import type { ExportReply, FileReply, ImportReply, PreviewReply } from '../../shared/learning.ts';
import { ClassifyError, type Request } from '../../shared/messages.ts';
import type { LearnTabs } from './learn-tabs.ts';
import { MAX_TOKEN, parseExamples, parseIdentity, parseKey, parseName } from './learning-fields.ts';

export const LEARNING_REQUESTS = [
  'channels',
  'learn-preview',
  'learn-keep',
  'learn-file',
  'learn-undo',
  'rename-channel',
  'forget-channel',
  'open-channel',
  'learn-begin',
  'correct',
  'seen',
  'forget-browsing',
  'forget-corrections',
  'export-channels',
  'import-channels',
] as const;

type LearningType = (typeof LEARNING_REQUESTS)[number];
export type LearningRequest = Request<LearningType>;
export type LearningReply =
  | ChannelsReply
  | PreviewReply
  | FileReply
  | ChangeReply
  | ExportReply
  | ImportReply
  | BeginReply
  | { readonly ok: true };

/** What a content script may ask for, of any page, and of YouTube's alone. */
const FROM_PAGES: readonly LearningType[] = ['channels', 'correct'];
const FROM_YOUTUBE: readonly LearningType[] = ['learn-preview', 'learn-keep', 'learn-undo', 'open-channel', 'seen'];

/** What would keep something of a private window. */
const KEEPING: readonly LearningType[] = ['learn-keep', 'correct', 'rename-channel'];

const DONE = { ok: true } as const;

/** What is done of it; each change gives its token. */
interface Learning {
  readonly channels: () => Promise<ChannelsReply>;
  readonly preview: (channel: ChannelIdentity, examples: readonly Example[], signal: AbortSignal) => Promise<PreviewReply>;
  readonly keep: (channel: ChannelIdentity, examples: readonly Example[], request: string, signal: AbortSignal) => Promise<string>;
  readonly readFile: (data: string, signal: AbortSignal) => Promise<Example>;
  readonly undo: (change: string) => Promise<void>;
  readonly rename: (key: string, name: string) => Promise<string>;
  readonly forget: (key: string) => Promise<string>;
  readonly correct: (address: string, not: string, is: string) => Promise<string>;
  readonly seen: (address: string, poster: ChannelIdentity) => Promise<void>;
  readonly forgetBrowsing: () => Promise<string>;
  readonly forgetCorrections: () => Promise<string>;
  readonly exportFile: () => Promise<string>;
  readonly importFile: (text: string, apply: boolean) => Promise<ImportReply>;
}

export interface Dependencies {
  readonly learning: Learning;
  readonly tabs: Pick<LearnTabs, 'open' | 'begins'>;
  /** Does what the sender may take back by the name of its request. */
  readonly cancellable: <T>(id: string, sender: Sender, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

export function isLearning(request: Request): request is LearningRequest {
  return (LEARNING_REQUESTS as readonly string[]).includes(request.type);
}

/** Whether a sender may ask for it. */
export function mayLearn({ type }: LearningRequest, { ownPage, host, frame }: Sender): boolean {
  if (ownPage || FROM_PAGES.includes(type)) {
    return true;
  }
  return isYouTube(host) && (FROM_YOUTUBE.includes(type) || (type === 'learn-begin' && frame === 0));
}

function isYouTube(host: string): boolean {
  return host === 'youtube.com' || host.endsWith('.youtube.com');
}

export class LearningRouter {
  constructor(private readonly deps: Dependencies) {}

  async answer(request: LearningRequest, sender: Sender): Promise<LearningReply> {
    const { learning, tabs } = this.deps;
    if (sender.incognito && (KEEPING.includes(request.type) || (request.type === 'import-channels' && request.apply !== ''))) {
      throw new ClassifyError('private');
    }
    switch (request.type) {
      case 'channels':
        return learning.channels();
      case 'learn-preview':
        return this.#preview(request, sender);
      case 'learn-keep':
        return this.#keep(request, sender);
      case 'learn-file':
        return this.deps.cancellable(request.id, sender, async (signal) => {
          return { ok: true, example: await learning.readFile(request.data, signal) };
        });
      case 'learn-undo':
        await learning.undo(parseKey('change', request.change));
        return DONE;
      case 'rename-channel':
        return changed(learning.rename(parseKey('key', request.key), parseName(request.name)));
      case 'forget-channel':
        return changed(learning.forget(parseKey('key', request.key)));
      case 'open-channel':
        await tabs.open(parseIdentity(request.channel));
        return DONE;
      case 'learn-begin':
        return { ok: true, open: sender.tab !== undefined && (await tabs.begins(sender.tab)) };
      case 'correct':
        return changed(learning.correct(request.url, parseOptional('not', request.not), parseOptional('is', request.is)));
      case 'seen':
        await (sender.incognito ? undefined : learning.seen(request.url, parseIdentity(request.poster)));
        return DONE;
      case 'forget-browsing':
        return changed(learning.forgetBrowsing());
      case 'forget-corrections':
        return changed(learning.forgetCorrections());
      case 'export-channels':
        return { ok: true, text: await learning.exportFile() };
      case 'import-channels':
        return learning.importFile(request.text, parseApply(request.apply));
    }
  }

  async #preview({ channel, examples, id }: Request<'learn-preview'>, sender: Sender): Promise<PreviewReply> {
    const [identity, list] = [parseIdentity(channel), parseExamples(examples)];
    return this.deps.cancellable(id, sender, (signal) => this.deps.learning.preview(identity, list, signal));
  }

  async #keep({ channel, examples, id }: Request<'learn-keep'>, sender: Sender): Promise<ChangeReply> {
    const [identity, list] = [parseIdentity(channel), parseExamples(examples)];
    if (id.length > MAX_TOKEN) {
      throw new ClassifyError('internal', 'id');
    }
    return this.deps.cancellable(id, sender, (signal) => changed(this.deps.learning.keep(identity, list, id, signal)));
  }
}

async function changed(change: Promise<string>): Promise<ChangeReply> {
  return { ok: true, change: await change };
}

function parseOptional(field: string, key: string): string {
  return key === '' ? '' : parseKey(field, key);
}

function parseApply(apply: string): boolean {
  if (apply !== '' && apply !== '1') {
    throw new ClassifyError('internal', 'apply');
  }
  return apply === '1';
}
