/** Message type to small handler: who may ask what, and what is answered. */

import type { HeatmapReply } from '../heatmap/heatmap.ts';
import type { Sender } from '../shared/browser.ts';
import { ClassifyError, type ClassifyReply, failure, type HistoryEntry, isRequest } from '../shared/messages.ts';
import type { ModelReply, Reason, Request, Status } from '../shared/messages.ts';
import { shortened } from '../shared/scores.ts';
import type { ClassifyService } from './classify-service.ts';
import type { HeatmapService } from './heatmap-service.ts';
import type { History } from './history.ts';
import { pictureSource, thumbnailSource } from './image-source.ts';
import { isLearning, type LearningReply, LearningRouter, mayLearn } from './learning/learning-router.ts';
import type { Dependencies as LearningDependencies } from './learning/learning-router.ts';
import type { PictureService } from './picture-service.ts';

export interface Dependencies {
  readonly classifyService: Pick<ClassifyService, 'classify' | 'classifyFile' | 'glance' | 'prefetch'>;
  readonly heatmapService: Pick<HeatmapService, 'heatmap'>;
  readonly pictureService: Pick<PictureService, 'picture'>;
  readonly history: Pick<History, 'entries' | 'addAddress' | 'addFile' | 'clear'>;
  /** Notes how many thumbnails of a frame the icon counts, null for none any more. */
  readonly countGlance: (sender: Sender, count: number | null) => Promise<void>;
  readonly clearCache: () => Promise<void>;
  readonly status: () => Promise<Status>;
  /** These three give the version of the model that is used then. */
  readonly warmUp: () => Promise<string>;
  readonly update: () => Promise<string>;
  readonly revert: () => Promise<string>;
  /** The address of the local server, '' for none. */
  readonly server: () => Promise<string>;
  readonly openTab: (path: string) => Promise<unknown>;
  readonly learning: LearningDependencies['learning'];
  readonly learnTabs: LearningDependencies['tabs'];
}

/** A content script runs in the process of a page that may be hostile: it may ask for nothing else. */
const CONTENT_SCRIPT_REQUESTS: readonly Request['type'][] = [
  'classify',
  'prepare',
  'cancel',
  'glance',
  'glance-count',
  'warm-up',
  'explain',
  'report',
  'heat',
  'picture',
];

const DONE = { ok: true } as const;

interface PictureReply {
  readonly ok: true;
  readonly data: string;
}

/** Pages show these to the person; they are not worth a line in the log. */
const EXPECTED: readonly Reason[] = ['cancelled', 'too-few', 'too-many', 'cannot-learn', 'private', 'quota', 'bad-file', 'gone'];

function mayAsk(request: Request, sender: Sender): boolean {
  return isLearning(request) ? mayLearn(request, sender) : sender.ownPage || CONTENT_SCRIPT_REQUESTS.includes(request.type);
}

export class Router {
  readonly #pending = new Map<string, AbortController>();
  readonly #learning: LearningRouter;

  constructor(private readonly deps: Dependencies) {
    const { learning, learnTabs: tabs } = deps;
    this.#learning = new LearningRouter({ learning, tabs, cancellable: (id, sender, work) => this.#cancellable(id, sender, work) });
  }

  /** Null for what is no request, or not one that the sender may make; a promise of an answer never rejects. */
  handle(message: unknown, sender: Sender): Promise<unknown> | null {
    if (!isRequest(message) || !mayAsk(message, sender)) {
      return null;
    }
    return this.#dispatch(message, sender).catch((error: unknown) => {
      const reply = failure(error);
      if (!EXPECTED.includes(reply.reason)) {
        console.error(`Thumbprint: ${message.type} failed:`, error);
      }
      return reply;
    });
  }

  async #dispatch(
    request: Request,
    sender: Sender,
  ): Promise<ClassifyReply | HeatmapReply | readonly HistoryEntry[] | Status | ModelReply | PictureReply | LearningReply> {
    if (isLearning(request)) {
      return this.#learning.answer(request, sender);
    }
    switch (request.type) {
      case 'classify':
        return this.#classify(request, sender);
      case 'prepare':
        return this.#prepare(request, sender);
      case 'cancel':
        this.#pending.get(`${sender.place}:${request.id}`)?.abort(new ClassifyError('cancelled'));
        return DONE;
      case 'glance':
        return this.#glance(request, sender);
      case 'glance-count':
        await this.deps.countGlance(sender, /^\d{1,6}$/.test(request.count) ? Number(request.count) : null);
        return DONE;
      case 'classify-picture':
        return this.#classifyPicture(request, sender);
      case 'warm-up':
        return { ok: true, version: await this.deps.warmUp() };
      case 'status':
        return this.deps.status();
      case 'history':
        return this.deps.history.entries();
      case 'clear-cache':
        await Promise.all([this.deps.clearCache(), this.deps.history.clear()]);
        return DONE;
      case 'update-model':
        return { ok: true, version: await this.deps.update() };
      case 'revert-model':
        return { ok: true, version: await this.deps.revert() };
      case 'explain':
        return this.#explain(request.url);
      case 'report':
        return this.#report();
      case 'heat':
        return this.#heatmap(request, sender);
      case 'picture':
        return { ok: true, data: await this.deps.pictureService.picture(request.url) };
    }
  }

  async #classify({ url, id }: Request<'classify'>, sender: Sender): Promise<ClassifyReply> {
    return this.#cancellable(id, sender, async (signal) => {
      const reply = shortened(await this.deps.classifyService.classify(url, signal));
      if (!sender.incognito) {
        await this.deps.history.addAddress(url, reply);
      }
      return reply;
    });
  }

  async #glance({ url, id }: Request<'glance'>, sender: Sender): Promise<ClassifyReply> {
    return shortened(await this.#cancellable(id, sender, (signal) => this.deps.classifyService.glance(url, signal)));
  }

  async #prepare({ url, id }: Request<'prepare'>, sender: Sender): Promise<typeof DONE> {
    await this.#cancellable(id, sender, (signal) => this.deps.classifyService.prefetch(url, signal));
    return DONE;
  }

  async #heatmap({ url, channel, id }: Request<'heat'>, sender: Sender): Promise<HeatmapReply> {
    return this.#cancellable(id, sender, (signal) => this.deps.heatmapService.heatmap(url, channel, signal));
  }

  /** Does what the sender may take back by the name of its request. */
  async #cancellable<T>(id: string, sender: Sender, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const key = `${sender.place}:${id}`; // nobody cancels what others wait for
    const controller = new AbortController();
    this.#pending.set(key, controller);
    try {
      return await work(controller.signal);
    } finally {
      if (this.#pending.get(key) === controller) {
        this.#pending.delete(key);
      }
    }
  }

  async #classifyPicture({ name, data }: Request<'classify-picture'>, sender: Sender): Promise<ClassifyReply> {
    const reply = shortened(await this.deps.classifyService.classifyFile(name, data));
    if (!sender.incognito) {
      await this.deps.history.addFile(name, reply);
    }
    return reply;
  }

  async #explain(url: string): Promise<typeof DONE> {
    const source = thumbnailSource(url) ?? pictureSource(url);
    if (source === null) {
      throw new ClassifyError('not-a-thumbnail');
    }
    await this.deps.openTab(`build/why.html?url=${encodeURIComponent(source.url)}`);
    return DONE;
  }

  async #report(): Promise<typeof DONE> {
    const server = await this.deps.server();
    if (server === '') {
      throw new ClassifyError('server-unset');
    }
    await this.deps.openTab(`${server}/report`);
    return DONE;
  }
}
