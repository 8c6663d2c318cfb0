/** How work that is asked for many times is done: a few at a time, once for all who wait, again after a failure. */

import { ClassifyError } from './messages.ts';

/** A task's place in a queue: the highest order is served next; a task whose signal aborts is given up. */
export interface Priority {
  readonly order: number;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly priority: Priority;
  readonly start: () => void;
  readonly giveUp: (reason: unknown) => void;
}

const MAX_WAITING = 50;

/** Runs tasks, at most `width` at a time; of those that wait the newest goes next, and the oldest leave a full queue. */
export class LimitedQueue {
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(private readonly width: number) {}

  /** Rejects with the signal's reason where it aborts before the task started, or with 'cancelled'. */
  async run<T>(priority: Priority, task: () => Promise<T>): Promise<T> {
    await this.#enqueue(priority);
    try {
      return await task();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  async #enqueue(priority: Priority): Promise<void> {
    priority.signal.throwIfAborted();
    await new Promise<void>((start, giveUp) => {
      const waiting = { priority, start, giveUp };
      this.#waiting.add(waiting);
      priority.signal.addEventListener('abort', () => this.#leave(waiting, priority.signal.reason), { once: true });
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
    if (newest !== undefined && this.#running < this.width) {
      this.#waiting.delete(newest);
      this.#running++;
      newest.start();
    }
  }

  #pick(before: (a: number, b: number) => boolean): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (first === undefined || before(waiting.priority.order, first.priority.order)) {
        first = waiting;
      }
    }
    return first;
  }
}

const LATER = 1e12; // more than there are ever requests

interface Job<T> {
  readonly priority: { order: number; readonly signal: AbortSignal };
  readonly abort: AbortController;
  readonly result: Promise<T>;
  waiters: number;
}

/**
 * Gives everybody who asks for the same key, while the work for it goes on, the same result.
 *
 * Who asks last makes the work the newest, but what is asked `later` comes after all else. Whose signal aborts waits no
 * longer; the work is aborted with its last waiter.
 */
export class SingleFlight<T> {
  readonly #jobs = new Map<string, Job<T>>();
  #orders = 0;

  /** Rejects with the signal's reason, or as the work does. */
  async get(key: string, signal: AbortSignal, work: (priority: Priority) => Promise<T>, later = false): Promise<T> {
    signal.throwIfAborted();
    const order = ++this.#orders - (later ? LATER : 0);
    const job = this.#jobs.get(key) ?? this.#begin(key, order, work);
    job.priority.order = Math.max(job.priority.order, order);
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

  #begin(key: string, order: number, work: (priority: Priority) => Promise<T>): Job<T> {
    const abort = new AbortController();
    const priority = { order, signal: abort.signal };
    const job: Job<T> = { priority, abort, result: work(priority), waiters: 0 };
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
