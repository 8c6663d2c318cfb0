import assert from 'node:assert/strict';
import { test } from 'node:test';

import { joined, lazy, serial } from '../../extension/src/background/queue.ts';

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

test('joined works once for all who ask meanwhile, and anew for who asks later', async () => {
  const asked: string[] = [];
  const get = joined((key: string) => {
    asked.push(key);
    return Promise.resolve(asked.length);
  });
  assert.deepEqual(await Promise.all([get('a'), get('b'), get('a')]), [1, 2, 1]);
  assert.equal(await get('a'), 3);
  assert.deepEqual(asked, ['a', 'b', 'a']);
});

test('joined forgets a failure', async () => {
  let calls = 0;
  const get = joined(() => (calls++ === 0 ? Promise.reject(new Error('first')) : Promise.resolve('second')));
  await assert.rejects(get('a'), /first/);
  assert.equal(await get('a'), 'second');
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
