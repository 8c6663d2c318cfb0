/** How work that is asked for many times is done: a few at a time, once for all who wait, again after a failure. */

import { ClassifyError } from './messages.ts';

/** A request's place among others: the highest order is served next, and a place whose signal aborted is given up. */
export interface Turn {
  readonly order: number;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly turn: Turn;
  readonly start: () => void;
  readonly giveUp: (reason: unknown) => void;
}

const MAX_WAITING = 50;

/** Runs tasks, at most `width` at a time; of those that wait the newest goes next, and the oldest leave a full line. */
export class Line {
  readonly #width: number;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Rejects with the signal's reason where the turn is given up before the task started, or with 'cancelled'. */
  async run<T>(turn: Turn, task: () => Promise<T>): Promise<T> {
    await this.#place(turn);
    try {
      return await task();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  async #place(turn: Turn): Promise<void> {
    turn.signal.throwIfAborted();
    await new Promise<void>((start, giveUp) => {
      const waiting = { turn, start, giveUp };
      this.#waiting.add(waiting);
      turn.signal.addEventListener('abort', () => this.#leave(waiting, turn.signal.reason), { once: true });
      if (this.#waiting.size > MAX_WAITING) {
        this.#leave(this.#pick((a, b) => a < b), new ClassifyError('cancelled'));
      }
      // Many may come at once, when what they all waited for is there: the newest of them goes first.
      queueMicrotask(() => this.#next());
    });
  }

  #leave(waiting: Waiting | undefined, reason: unknown): void {
    if (waiting !== undefined && this.#waiting.delete(waiting)) {
      waiting.giveUp(reason);
    }
  }

  #next(): void {
    const newest = this.#pick((a, b) => a > b);
    if (newest !== undefined && this.#running < this.#width) {
      this.#waiting.delete(newest);
      this.#running++;
      newest.start();
    }
  }

  #pick(before: (a: number, b: number) => boolean): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (first === undefined || before(waiting.turn.order, first.turn.order)) {
        first = waiting;
      }
    }
    return first;
  }
}

interface Job<T> {
  readonly turn: { order: number; readonly signal: AbortSignal };
  readonly abort: AbortController;
  readonly result: Promise<T>;
  waiters: number;
}

/**
 * Gives everybody who asks for the same key, while the work for it goes on, the same result.
 *
 * Who asks last makes the work the newest. Whose signal aborts waits no longer; the work is aborted with its last waiter.
 */
export class Shared<T> {
  readonly #jobs = new Map<string, Job<T>>();
  #orders = 0;

  /** Rejects with the signal's reason, or as the work does. */
  async get(key: string, signal: AbortSignal, work: (turn: Turn) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const job = this.#jobs.get(key) ?? this.#begin(key, work);
    job.turn.order = ++this.#orders;
    job.waiters++;
    try {
      return await unlessAborted(job.result, signal);
    } finally {
      job.waiters--;
      if (job.waiters === 0) {
        this.#end(key, job);
        job.abort.abort(signal.reason ?? new ClassifyError('cancelled'));
      }
    }
  }

  #begin(key: string, work: (turn: Turn) => Promise<T>): Job<T> {
    const abort = new AbortController();
    const turn = { order: this.#orders + 1, signal: abort.signal };
    const job: Job<T> = { turn, abort, result: work(turn), waiters: 0 };
    this.#jobs.set(key, job);
    return job;
  }

  /** Not by key alone: a given-up job may end after a new one for its key began. */
  #end(key: string, job: Job<T>): void {
    if (this.#jobs.get(key) === job) {
      this.#jobs.delete(key);
    }
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whoever aborts chooses the error
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Runs tasks one at a time, in the order in which they came; a task that fails does not stop the next. */
export function serial(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task, task);
    last = result;
    return result;
  };
}

/** Loads on the first call and keeps the result; a load that failed is tried again by the next call. */
export function lazy<T>(load: () => Promise<T>): () => Promise<T> {
  let ready: Promise<T> | null = null;
  return () => {
    ready ??= load().catch((error: unknown) => {
      ready = null;
      throw error;
    });
    return ready;
  };
}
