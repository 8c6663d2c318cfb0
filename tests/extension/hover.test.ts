/** The life of a badge, with a clock that the test moves. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { DWELL_MS, Hover, type Hoverable } from '../../extension/src/content/hover.ts';
import type { ClassifyReply } from '../../extension/src/shared/messages.ts';

interface Question {
  readonly url: string;
  readonly answer: (reply: ClassifyReply) => void;
  readonly fail: (error: Error) => void;
}

/** A page that logs what it is told to show; the test answers its questions. */
class Page {
  readonly log: string[] = [];
  readonly questions: Question[] = [];
  readonly hover = new Hover<Hoverable>({
    ask: (url) =>
      new Promise((answer, fail) => {
        this.questions.push({ url, answer, fail });
      }),
    show: ({ url }, reply) => this.log.push(`${url}: ${reply === null ? 'waiting' : describe(reply)}`),
    hide: () => this.log.push('hide'),
  });
  readonly #context: TestContext;

  constructor(context: TestContext) {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    this.#context = context;
  }

  wait(ms: number): void {
    this.#context.mock.timers.tick(ms);
  }

  /** The answer to a question, and everything that follows from it. */
  async answer(index: number, name: string): Promise<void> {
    this.questions[index]?.answer(known(name));
    await settle();
  }
}

function known(name: string): ClassifyReply {
  const channel = { name, displayName: name };
  return { ok: true, known: true, channel, probability: 1, probabilities: [1], unknown: null };
}

function describe(reply: ClassifyReply): string {
  return reply.ok ? reply.channel.name : `${reply.reason} ${reply.detail ?? ''}`;
}

/** Lets all promises run that can. */
function settle(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

const A = { image: {}, url: 'a' };
const B = { image: {}, url: 'b' };

test('asks after the pointer has rested, and shows the answer', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS - 1);
  assert.deepEqual(page.log, []);
  page.wait(1);
  assert.deepEqual(page.log, ['a: waiting']);
  await page.answer(0, 'fireship');
  assert.deepEqual(page.log, ['a: waiting', 'a: fireship']);
});

test('moving on the same picture neither restarts the clock nor asks again', (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS / 2);
  page.hover.point({ ...A });
  page.wait(DWELL_MS / 2);
  page.hover.point({ ...A });
  page.wait(DWELL_MS);
  assert.equal(page.questions.length, 1);
});

test('a pointer that passes by asks nothing', (context) => {
  const page = new Page(context);
  for (const target of [A, B, null, A, null]) {
    page.hover.point(target);
    page.wait(DWELL_MS - 1);
  }
  page.wait(1000);
  assert.deepEqual(page.questions, []);
});

test('leaving hides the badge, and the late answer stays unseen', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.hover.point(null);
  await page.answer(0, 'late');
  assert.deepEqual(page.log, ['a: waiting', 'hide']);
});

test('an answer never shows on another thumbnail', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.hover.point(B);
  page.wait(DWELL_MS);
  await page.answer(1, 'right');
  await page.answer(0, 'stale');
  assert.deepEqual(page.log, ['a: waiting', 'hide', 'b: waiting', 'b: right']);
});

test('an answer to the first visit does not end the second', async (context) => {
  const page = new Page(context);
  page.hover.point({ ...A });
  page.wait(DWELL_MS);
  page.hover.point(null);
  page.hover.point({ ...A });
  page.wait(DWELL_MS);
  await page.answer(0, 'first');
  assert.deepEqual(page.log.slice(2), ['a: waiting']);
  await page.answer(1, 'second');
  assert.deepEqual(page.log.slice(2), ['a: waiting', 'a: second']);
});

test('a picture that gets another address is another thumbnail', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.hover.point({ image: A.image, url: 'a2' });
  page.wait(DWELL_MS);
  await page.answer(0, 'old');
  await page.answer(1, 'new');
  assert.deepEqual(page.log, ['a: waiting', 'hide', 'a2: waiting', 'a2: new']);
});

test('two pictures with one address are two thumbnails', (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.hover.point({ image: {}, url: 'a' });
  page.wait(DWELL_MS);
  assert.deepEqual(page.log, ['a: waiting', 'hide', 'a: waiting']);
});

test('a question that fails shows why', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.questions[0]?.fail(new Error('nobody listens'));
  await settle();
  assert.deepEqual(page.log, ['a: waiting', 'a: internal nobody listens']);
});
