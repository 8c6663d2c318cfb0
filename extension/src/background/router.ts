/** Message type to small handler: who may ask what, and what is answered. */

import type { Sender } from '../shared/browser.ts';
import type { HeatReply } from '../heatmap/heatmap.ts';
import {
  ClassifyError,
  type ClassifyPictureRequest,
  type ClassifyReply,
  type ClassifyRequest,
  failure,
  type HeatRequest,
  type HistoryEntry,
  isRequest,
  type ModelReply,
  type PrepareRequest,
  type Request,
  type Status,
} from '../shared/messages.ts';
import type { Answerer } from './classify-service.ts';
import type { Explainer } from './heatmap-service.ts';
import type { History } from './history.ts';
import { pictureSource, thumbnailSource } from './image-source.ts';

export interface Tools {
  readonly answerer: Pick<Answerer, 'answer' | 'answerFile' | 'prepare'>;
  readonly explainer: Pick<Explainer, 'heat'>;
  readonly history: Pick<History, 'entries' | 'addAddress' | 'addFile' | 'clear'>;
  readonly clearCache: () => Promise<void>;
  readonly status: () => Promise<Status>;
  /** These three give the version of the model that is used then. */
  readonly warmUp: () => Promise<string>;
  readonly update: () => Promise<string>;
  readonly revert: () => Promise<string>;
  /** The address of the local server, '' for none. */
  readonly server: () => Promise<string>;
  readonly openTab: (path: string) => Promise<void>;
}

/** A content script runs in the process of a page that may be hostile: it may ask for nothing else. */
const FROM_ANYWHERE: readonly Request['type'][] = ['classify', 'prepare', 'cancel', 'warm-up', 'explain', 'report', 'heat'];

const DONE = { ok: true } as const;

export class Requests {
  readonly #tools: Tools;
  readonly #waiting = new Map<string, AbortController>();

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** Null for what is no request, or not one that the sender may make; a promise of an answer never rejects. */
  answer(message: unknown, sender: Sender): Promise<unknown> | null {
    if (!isRequest(message) || !(sender.ownPage || FROM_ANYWHERE.includes(message.type))) {
      return null;
    }
    return this.#answer(message, sender).catch((error: unknown) => {
      console.error(`Thumbprint: ${message.type} failed:`, error);
      return failure(error);
    });
  }

  async #answer(
    request: Request,
    sender: Sender,
  ): Promise<ClassifyReply | HeatReply | readonly HistoryEntry[] | Status | ModelReply | typeof DONE> {
    switch (request.type) {
      case 'classify':
        return this.#classify(request, sender);
      case 'prepare':
        return this.#prepare(request, sender);
      case 'cancel':
        this.#waiting.get(`${sender.place}:${request.id}`)?.abort(new ClassifyError('cancelled'));
        return DONE;
      case 'classify-picture':
        return this.#classifyPicture(request, sender);
      case 'warm-up':
        return { ok: true, version: await this.#tools.warmUp() };
      case 'status':
        return this.#tools.status();
      case 'history':
        return this.#tools.history.entries();
      case 'clear-cache':
        await Promise.all([this.#tools.clearCache(), this.#tools.history.clear()]);
        return DONE;
      case 'update-model':
        return { ok: true, version: await this.#tools.update() };
      case 'revert-model':
        return { ok: true, version: await this.#tools.revert() };
      case 'explain':
        return this.#explain(request.url);
      case 'report':
        return this.#report();
      case 'heat':
        return this.#heat(request, sender);
    }
  }

  async #classify({ url, id }: ClassifyRequest, sender: Sender): Promise<ClassifyReply> {
    return this.#cancellable(id, sender, async (signal) => {
      const reply = await this.#tools.answerer.answer(url, signal);
      if (!sender.incognito) {
        await this.#tools.history.addAddress(url, reply);
      }
      return reply;
    });
  }

  async #prepare({ url, id }: PrepareRequest, sender: Sender): Promise<typeof DONE> {
    await this.#cancellable(id, sender, (signal) => this.#tools.answerer.prepare(url, signal));
    return DONE;
  }

  async #heat({ url, channel, id }: HeatRequest, sender: Sender): Promise<HeatReply> {
    return this.#cancellable(id, sender, (signal) => this.#tools.explainer.heat(url, channel, signal));
  }

  /** Does what the sender may take back by the name of its request. */
  async #cancellable<T>(id: string, sender: Sender, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const key = `${sender.place}:${id}`; // nobody cancels what others wait for
    const waiting = new AbortController();
    this.#waiting.set(key, waiting);
    try {
      return await work(waiting.signal);
    } finally {
      if (this.#waiting.get(key) === waiting) {
        this.#waiting.delete(key);
      }
    }
  }

  async #classifyPicture({ name, data }: ClassifyPictureRequest, sender: Sender): Promise<ClassifyReply> {
    const reply = await this.#tools.answerer.answerFile(name, data);
    if (!sender.incognito) {
      await this.#tools.history.addFile(name, reply);
    }
    return reply;
  }

  async #explain(url: string): Promise<typeof DONE> {
    const source = thumbnailSource(url) ?? pictureSource(url);
    if (source === null) {
      throw new ClassifyError('not-a-thumbnail');
    }
    await this.#tools.openTab(`build/why.html?url=${encodeURIComponent(source.url)}`);
    return DONE;
  }

  async #report(): Promise<typeof DONE> {
    const server = await this.#tools.server();
    if (server === '') {
      throw new ClassifyError('server-unset');
    }
    await this.#tools.openTab(`${server}/report`);
    return DONE;
  }
}
