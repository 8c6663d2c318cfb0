import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lazy, LimitedQueue, serial, SingleFlight, type Priority } from '../../../extension/src/shared/async.ts';
import { ClassifyError } from '../../../extension/src/shared/messages.ts';

const NEVER = new AbortController().signal;

function at(order: number, signal = NEVER): Priority {
  return { order, signal };
}

/** Work that ends when the test says so. */
function work(queue: LimitedQueue): { started: string[]; add: (name: string, priority: Priority) => Promise<string>; end: () => void } {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  return {
    started,
    add: (name, priority) =>
      queue.run(priority, async () => {
        started.push(name);
        await new Promise<void>((end) => ends.push(end));
        return name;
      }),
    end: () => ends.shift()?.(),
  };
}

async function settle(): Promise<void> {
  await new Promise((done) => setImmediate(done));
}

test('a queue runs a few at a time, and of those that wait the newest', async () => {
  const { started, add, end } = work(new LimitedQueue(2));
  const all = [1, 2].map((order) => add(`early ${order}`, at(order)));
  await settle();
  all.push(...[3, 5, 4].map((order) => add(`late ${order}`, at(order))));
  await settle();
  assert.deepEqual(started.toSorted(), ['early 1', 'early 2']);
  for (const expected of ['late 5', 'late 4', 'late 3']) {
    end();
    await settle();
    assert.equal(started.at(-1), expected);
  }
  end();
  end();
  assert.equal((await Promise.all(all)).length, 5);
});

test('of those that come at once, the newest goes first', async () => {
  const { started, add, end } = work(new LimitedQueue(1));
  const modelIsThere = Promise.resolve();
  const all = [1, 2, 3].map(async (order) => {
    await modelIsThere;
    return add(String(order), at(order));
  });
  await settle();
  assert.deepEqual(started, ['3']);
  while (started.length < all.length) {
    end();
    await settle();
  }
  end();
  await Promise.all(all);
  assert.deepEqual(started, ['3', '2', '1']);
});

test('a priority counts as it is when the queue moves, not as it was', async () => {
  const { started, add, end } = work(new LimitedQueue(1));
  const first = add('first', at(1));
  await settle();
  const priority = { order: 2, signal: NEVER };
  const rest = [add('asked again', priority), add('newer', at(3))];
  priority.order = 4;
  end();
  await settle();
  assert.deepEqual(started, ['first', 'asked again']);
  end();
  await settle();
  end();
  await Promise.all([first, ...rest]);
});

test('a task that fails makes room for the next', async () => {
  const queue = new LimitedQueue(1);
  const failed = queue.run(at(1), () => Promise.reject(new Error('no luck')));
  const next = queue.run(at(0), () => Promise.resolve('next'));
  await assert.rejects(failed, /no luck/);
  assert.equal(await next, 'next');
});

test('who gives up leaves the queue with the reason', async () => {
  const { started, add, end } = work(new LimitedQueue(1));
  const first = add('first', at(0));
  await settle();
  const abort = new AbortController();
  const second = add('second', at(1, abort.signal));
  abort.abort(new ClassifyError('cancelled'));
  await assert.rejects(second, { reason: 'cancelled' });
  await assert.rejects(add('third', at(1, abort.signal)), { reason: 'cancelled' });
  end();
  await first;
  await settle();
  assert.deepEqual(started, ['first']);
});

test('the oldest leave a queue of more than fifty', async () => {
  const { started, add, end } = work(new LimitedQueue(1));
  const first = add('first', at(100));
  await settle();
  const all = Promise.allSettled(Array.from({ length: 53 }, (_, order) => add(String(order), at(order))));
  for (let i = 0; i < 52; i++) {
    await settle();
    end();
  }
  await first;
  const lost = (await all).flatMap((result, order) => (result.status === 'rejected' ? [[order, String(result.reason)]] : []));
  assert.deepEqual(lost, [0, 1, 2].map((order) => [order, 'ClassifyError: cancelled']));
  assert.equal(started.length, 51);
});

test('shared work is done once for all who ask meanwhile, and anew for who asks later', async () => {
  const flights = new SingleFlight<number>();
  const asked: string[] = [];
  const get = (key: string): Promise<number> => flights.get(key, NEVER, () => Promise.resolve(asked.push(key)));
  assert.deepEqual(await Promise.all([get('a'), get('b'), get('a')]), [1, 2, 1]);
  assert.equal(await get('a'), 3);
  assert.deepEqual(asked, ['a', 'b', 'a']);
});

test('shared work forgets a failure', async () => {
  const flights = new SingleFlight<string>();
  await assert.rejects(flights.get('a', NEVER, () => Promise.reject(new Error('first'))), /first/);
  assert.equal(await flights.get('a', NEVER, () => Promise.resolve('second')), 'second');
});

test('who asks last makes shared work the newest', async () => {
  const flights = new SingleFlight<string>();
  const priorities: Priority[] = [];
  const ends: (() => void)[] = [];
  const get = (key: string): Promise<string> =>
    flights.get(key, NEVER, async (priority) => {
      priorities.push(priority);
      await new Promise<void>((end) => ends.push(end));
      return key;
    });
  const all = [get('a'), get('b'), get('a')];
  const [a, b] = priorities;
  assert.ok(a !== undefined && b !== undefined && priorities.length === 2);
  assert.ok(a.order > b.order);
  ends.forEach((end) => end());
  assert.deepEqual(await Promise.all(all), ['a', 'b', 'a']);
});

test('what is asked later comes after all else, until somebody asks for it now', () => {
  const flights = new SingleFlight<never>();
  const priorities: Priority[] = [];
  const get = (key: string, later: boolean): void => {
    const work = (priority: Priority): Promise<never> => {
      priorities.push(priority);
      return new Promise(() => undefined);
    };
    void flights.get(key, NEVER, work, later);
  };
  get('now', false);
  get('later', true);
  get('last', true);
  const [now, later, last] = priorities.map((priority) => () => priority.order) as [() => number, () => number, () => number];
  assert.ok(now() > last() && last() > later());
  get('now', true); // still asked for now by somebody
  get('later', false);
  assert.ok(later() > now() && now() > last());
});

test('shared work goes on while anybody waits, and is aborted with the last', async () => {
  const flights = new SingleFlight<string>();
  const signals: AbortSignal[] = [];
  const forever = ({ signal }: Priority): Promise<string> => {
    signals.push(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('dropped'))));
  };
  const [early, late] = [new AbortController(), new AbortController()];
  const first = flights.get('a', early.signal, forever);
  const second = flights.get('a', late.signal, forever);
  early.abort(new ClassifyError('cancelled'));
  await assert.rejects(first, { reason: 'cancelled' });
  assert.equal(signals[0]?.aborted, false);
  late.abort(new ClassifyError('cancelled'));
  await assert.rejects(second, { reason: 'cancelled' });
  assert.equal(signals[0].aborted, true);
  // The dropped work is nobody's any more: a new request begins anew, and the old end does not take it away.
  const third = flights.get('a', NEVER, () => Promise.resolve('again'));
  assert.equal(await third, 'again');
  assert.equal(signals.length, 1);
});

test('serial runs one task at a time, in order, and goes on after a failure', async () => {
  const inTurn = serial();
  const log: string[] = [];
  const task = (name: string) => async (): Promise<string> => {
    log.push(`${name} starts`);
    await Promise.resolve();
    log.push(`${name} ends`);
    if (name === 'b') {
      throw new Error('b failed');
    }
    return name;
  };
  const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => inTurn(task(name))));
  assert.deepEqual(log, ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
    ['a', 'Error: b failed', 'c'],
  );
});

test('lazy loads on the first call, once, and again after a failure', async () => {
  let loads = 0;
  const get = lazy(() => (++loads === 1 ? Promise.reject(new Error('no model yet')) : Promise.resolve(loads)));
  assert.equal(loads, 0);
  const [first, second] = await Promise.allSettled([get(), get()]);
  assert.equal(first.status, 'rejected');
  assert.equal(second.status, 'rejected');
  assert.equal(loads, 1);
  assert.deepEqual(await Promise.all([get(), get()]), [2, 2]);
  assert.equal(loads, 2);
});
