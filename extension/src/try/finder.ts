/** The finder in its worker, which is started when the first photo comes: many pictures need none. */

import type { Found } from '../photo/find.ts';
import type { Quad } from '../photo/quad.ts';
import { messageOf } from '../shared/messages.ts';
import type { Picture } from '../model/pixels.ts';
import { TryError } from './texts.ts';

/** What the worker is asked: to keep a photo, and to find thumbnails in it or to straighten one. */
export interface Order {
  readonly id: number;
  readonly photo?: Picture;
  readonly find: boolean;
  readonly quad?: Quad;
}

export interface Answer {
  readonly id: number;
  readonly value: Found[] | Picture;
}

type Reply = Answer | { readonly id: number; readonly error: string };

interface Waiting {
  readonly done: (value: Answer['value']) => void;
  readonly fail: (error: TryError) => void;
}

const WORKER = '/try/finder.js';

export class Finder {
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  /** Takes another photo and finds thumbnails in it, the best first. Throws a TryError where the search cannot start. */
  async find(photo: Picture): Promise<Found[]> {
    return (await this.#ask({ photo, find: true })) as Found[];
  }

  /** Straightens what lies between corners in that photo. */
  async straighten(quad: Quad): Promise<Picture> {
    return (await this.#ask({ find: false, quad })) as Picture;
  }

  #ask(order: Omit<Order, 'id'>): Promise<Answer['value']> {
    const id = ++this.#count;
    return new Promise((done, fail) => {
      this.#waiting.set(id, { done, fail });
      try {
        this.#started().postMessage({ id, ...order } satisfies Order);
      } catch (error) {
        this.#end(messageOf(error));
      }
    });
  }

  #started(): Worker {
    if (this.#worker === null) {
      this.#worker = new Worker(trusted(WORKER), { type: 'module' });
      this.#worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.#take(data));
      this.#worker.addEventListener('error', ({ message }) => this.#end(message || 'error'));
    }
    return this.#worker;
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) {
      waiting?.fail(new TryError('no_finder', reply.error));
    } else {
      waiting?.done(reply.value);
    }
  }

  /** A worker that did not start, or fell over: the next order starts another. */
  #end(why: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { fail } of this.#waiting.values()) {
      fail(new TryError('no_finder', why));
    }
    this.#waiting.clear();
  }
}

interface TrustedTypes {
  createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => string };
}

/** The page demands Trusted Types: the one address of a script that it ever makes is named here. */
const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('thumbprint', {
  createScriptURL: (url) => {
    if (url !== WORKER) {
      throw new TypeError(`${url} is not the finder`);
    }
    return url;
  },
});

function trusted(url: string): string {
  return policy?.createScriptURL(url) ?? url;
}
