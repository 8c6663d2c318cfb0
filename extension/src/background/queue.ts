/** How work that is asked for many times is done: one after the other, once for all who wait, again after a failure. */

/** Runs tasks one at a time, in the order in which they came; a task that fails does not stop the next. */
export function serial(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task, task);
    last = result;
    return result;
  };
}

/** Gives everybody who asks for the same key, while the work for it goes on, the same promise. */
export function joined<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  return (key) => {
    let promise = running.get(key);
    if (promise === undefined) {
      promise = work(key).finally(() => running.delete(key));
      running.set(key, promise);
    }
    return promise;
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
