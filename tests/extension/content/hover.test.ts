/** From thumbnail to thumbnail, and what is shown of each, with a clock that the test moves. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { GRACE_MS, Hover } from '../../../extension/src/content/hover.ts';
import { ASK_EARLY_MS, type Hoverable, REST_SHARE, STAY_MS, WAIT_MS } from '../../../extension/src/content/hover-visit.ts';
import { QUESTION, type Question as FirstQuestion } from '../../../extension/src/content/question.ts';
import type { ClassifyReply } from '../../../extension/src/shared/messages.ts';

const DWELL_MS = 80;
const REST_MS = DWELL_MS * REST_SHARE;

interface Question {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly answer: (reply: ClassifyReply | FirstQuestion) => void;
  readonly fail: (error: Error) => void;
}

/** A page that logs what it is told to show; the test answers its questions. */
class Page {
  readonly log: string[] = [];
  readonly questions: Question[] = [];
  readonly prepared: { url: string; signal: AbortSignal }[] = [];
  dwellMs = DWELL_MS;
  readonly hover = new Hover<Hoverable>(
    {
      classify: (url, signal) =>
        new Promise((answer, fail) => {
          this.questions.push({ url, signal, answer, fail });
        }),
      prefetch: (url, signal) => this.prepared.push({ url, signal }),
      show: ({ url }, reply) => this.log.push(`${url}: ${reply === null ? 'waiting' : describe(reply)}`),
      expand: ({ url }, _, summoned) => this.log.push(`${url}: card${summoned ? ' summoned' : ''}`),
      hide: () => this.log.push('hide'),
    },
    () => this.dwellMs,
  );
  readonly #context: TestContext;

  constructor(context: TestContext) {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    this.#context = context;
  }

  /** By the millisecond: what a timer sets would else count from the end of the wait. */
  wait(ms: number): void {
    for (let passed = 0; passed < Math.max(1, ms); passed++) {
      this.#context.mock.timers.tick(Math.min(1, ms));
    }
  }

  /** The answer to a question, and everything that follows from it. */
  async answer(index: number, reply: ClassifyReply | string): Promise<void> {
    this.questions[index]?.answer(typeof reply === 'string' ? known(reply) : reply);
    await settle();
  }

  /** That the person has to be asked first, in the place of an answer. */
  ask(index: number): void {
    this.questions[index]?.answer(QUESTION);
  }

  /** Points at a thumbnail until its card is open. */
  async expand(target: Hoverable): Promise<void> {
    this.hover.point(target);
    this.wait(DWELL_MS);
    await this.answer(this.questions.length - 1, 'x');
    this.wait(STAY_MS);
  }
}

function known(name: string): ClassifyReply {
  const channel = { name, displayName: name, handle: '', probability: 1 };
  return { ok: true, known: true, certain: false, channel, scores: [channel], unknown: null, threshold: null };
}

function describe(reply: ClassifyReply | FirstQuestion): string {
  return reply.ok ? reply.channel.name : `${reply.reason} ${'detail' in reply ? (reply.detail ?? '') : ''}`;
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
  page.wait(DWELL_MS - ASK_EARLY_MS - 1);
  assert.equal(page.questions.length, 0);
  page.wait(1);
  assert.deepEqual(page.questions.map(({ url }) => url), ['a']);
  await page.answer(0, 'fireship');
  page.wait(ASK_EARLY_MS - 1);
  await settle();
  assert.deepEqual(page.log, []);
  page.wait(1);
  await settle();
  assert.deepEqual(page.log, ['a: fireship']);
});

test('who leaves in the last moment sees nothing, though the answer is there', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS - 1);
  await page.answer(0, 'fireship');
  page.hover.point(null);
  page.wait(DWELL_MS);
  await settle();
  assert.deepEqual(page.log, []);
});

test('the end of the rest is used to read the picture, which goes on while the model is asked', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(REST_MS - 1);
  assert.equal(page.prepared.length, 0);
  page.wait(1);
  assert.deepEqual(page.prepared.map(({ url }) => url), ['a']);
  page.wait(DWELL_MS - REST_MS);
  assert.equal(page.questions.length, 1);
  await page.answer(0, 'fireship');
  assert.deepEqual(page.prepared.map(({ signal }) => signal.aborted), [false]);
});

test('a rest that began before the thumbnail was looked for counts', (context) => {
  const page = new Page(context);
  page.hover.point(A, true, REST_MS);
  page.wait(0);
  assert.equal(page.prepared.length, 1);
  page.wait(DWELL_MS - REST_MS - ASK_EARLY_MS - 1);
  assert.equal(page.questions.length, 0);
  page.wait(1);
  assert.equal(page.questions.length, 1);
});

test('who leaves before the rest is over takes the reading back', (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(REST_MS);
  page.hover.point(null);
  assert.deepEqual(page.prepared.map(({ signal }) => signal.aborted), [true]);
  page.hover.point(B);
  page.wait(REST_MS - 1);
  page.hover.point(null);
  page.wait(DWELL_MS);
  assert.equal(page.prepared.length, 1);
  assert.deepEqual(page.questions, []);
});

test('who summons the card at once has nothing prepared', (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.hover.openCard();
  page.wait(DWELL_MS);
  assert.equal(page.questions.length, 1);
  assert.deepEqual(page.prepared, []);
});

test('a wait is shown only once it is one', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.wait(WAIT_MS - 1);
  assert.deepEqual(page.log, []);
  page.wait(1);
  assert.deepEqual(page.log, ['a: waiting']);
  await page.answer(0, 'fireship');
  assert.deepEqual(page.log, ['a: waiting', 'a: fireship']);
});

test('a fast answer is not overtaken by the sign of a wait', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  await page.answer(0, 'fireship');
  page.wait(WAIT_MS);
  assert.deepEqual(page.log, ['a: fireship']);
});

test('the time of rest is read anew for every thumbnail', (context) => {
  const page = new Page(context);
  page.dwellMs = 500;
  page.hover.point(A);
  page.wait(499 - ASK_EARLY_MS);
  assert.equal(page.questions.length, 0);
  page.wait(1);
  assert.equal(page.questions.length, 1);
  page.dwellMs = 0;
  page.hover.point(B);
  page.wait(0);
  assert.equal(page.questions.length, 2);
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

test('a pointer that passes by asks nothing and shows nothing', (context) => {
  const page = new Page(context);
  for (const target of [A, B, null, A, null]) {
    page.hover.point(target);
    page.wait(DWELL_MS - ASK_EARLY_MS - 1);
  }
  page.wait(5000);
  assert.deepEqual(page.questions, []);
  assert.deepEqual(page.log, []);
});

test('leaving takes the question back, and the late answer stays unseen', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  assert.equal(page.questions[0]?.signal.aborted, false);
  page.hover.point(null);
  assert.deepEqual(page.questions.map(({ signal }) => signal.aborted), [true]);
  await page.answer(0, 'late');
  page.wait(5000);
  assert.deepEqual(page.log, []);
});

test('leaving after the answer takes nothing back but the badge', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  await page.answer(0, 'right');
  page.hover.point(null);
  assert.equal(page.questions[0]?.signal.aborted, false);
  page.wait(5000);
  assert.deepEqual(page.log, ['a: right', 'hide']);
});

test('an answer never shows on another thumbnail', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.hover.point(B);
  page.wait(DWELL_MS);
  await page.answer(1, 'right');
  await page.answer(0, 'stale');
  assert.deepEqual(page.log, ['b: right']);
});

test('an answer to the first visit does not end the second', async (context) => {
  const page = new Page(context);
  page.hover.point({ ...A });
  page.wait(DWELL_MS);
  page.hover.point(null);
  page.hover.point({ ...A });
  page.wait(DWELL_MS);
  await page.answer(0, 'first');
  assert.deepEqual(page.log, []);
  await page.answer(1, 'second');
  assert.deepEqual(page.log, ['a: second']);
});

test('a picture that gets another address is another thumbnail', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.hover.point({ image: A.image, url: 'a2' });
  page.wait(DWELL_MS);
  await page.answer(0, 'old');
  await page.answer(1, 'new');
  assert.deepEqual(page.log, ['a2: new']);
});

test('two pictures with one address are two thumbnails', (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.hover.point({ image: {}, url: 'a' });
  page.wait(DWELL_MS);
  assert.equal(page.questions.length, 2);
});

test('a question that fails shows why, and opens no card', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.questions[0]?.fail(new Error('nobody listens'));
  await settle();
  page.wait(STAY_MS);
  assert.deepEqual(page.log, ['a: internal nobody listens']);
});

test('staying opens the card', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  await page.answer(0, 'x');
  page.wait(STAY_MS - 1);
  assert.deepEqual(page.log, ['a: x']);
  page.wait(1);
  assert.deepEqual(page.log, ['a: x', 'a: card']);
});

test('the focus stays without opening the card', async (context) => {
  const page = new Page(context);
  page.hover.point(A, false);
  page.wait(DWELL_MS);
  await page.answer(0, 'x');
  page.wait(10 * STAY_MS);
  assert.deepEqual(page.log, ['a: x']);
});

test('a card that is called for opens without rest, with its answer', async (context) => {
  const page = new Page(context);
  page.hover.point(A, false);
  page.hover.openCard();
  assert.equal(page.questions.length, 1);
  page.hover.openCard();
  page.wait(DWELL_MS);
  assert.equal(page.questions.length, 1, 'one question is enough');
  await page.answer(0, 'x');
  assert.deepEqual(page.log, ['a: x', 'a: card summoned']);
});

test('a card that is called for after the answer opens at once', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  await page.answer(0, 'x');
  page.hover.openCard();
  page.wait(10 * STAY_MS);
  assert.deepEqual(page.log, ['a: x', 'a: x', 'a: card summoned']);
});

test('the way onto the card may lead over another thumbnail', async (context) => {
  const page = new Page(context);
  await page.expand(A);
  page.hover.point(B);
  page.wait(GRACE_MS - 1);
  page.hover.keep();
  page.wait(10 * GRACE_MS);
  assert.deepEqual(page.log, ['a: x', 'a: card']);
  assert.equal(page.hover.target, A);
});

test('the card closes once the pointer is elsewhere for longer, wherever it has been in between', async (context) => {
  const page = new Page(context);
  await page.expand(A);
  page.hover.point(null);
  page.wait(GRACE_MS / 2);
  page.hover.point(B);
  page.wait(GRACE_MS / 2);
  assert.deepEqual(page.log, ['a: x', 'a: card', 'hide']);
  page.wait(DWELL_MS);
  assert.equal(page.questions[1]?.url, 'b');
});

test('coming back to the thumbnail keeps its card', async (context) => {
  const page = new Page(context);
  await page.expand(A);
  page.hover.point(null);
  page.hover.point({ ...A });
  page.wait(10 * GRACE_MS);
  assert.deepEqual(page.log, ['a: x', 'a: card']);
});

test('what is dismissed stays away until the pointer was elsewhere', async (context) => {
  const page = new Page(context);
  await page.expand(A);
  assert.equal(page.hover.dismiss(), true);
  assert.equal(page.hover.dismiss(), false, 'there is nothing left to hide');
  page.hover.point({ ...A });
  page.wait(10 * STAY_MS);
  assert.deepEqual(page.log, ['a: x', 'a: card', 'hide']);
  page.hover.point(null);
  page.hover.point(A);
  page.wait(DWELL_MS);
  assert.equal(page.questions.length, 2);
});

test('nothing is dismissed while nothing is shown', (context) => {
  const page = new Page(context);
  assert.equal(page.hover.dismiss(), false);
  page.hover.point(A);
  page.wait(DWELL_MS);
  assert.equal(page.hover.dismiss(), false);
  assert.equal(page.questions[0]?.signal.aborted, true);
});

test('a dismissed card can be called for again', async (context) => {
  const page = new Page(context);
  await page.expand(A);
  page.hover.dismiss();
  page.hover.openCard();
  assert.deepEqual(page.log.slice(-2), ['a: x', 'a: card summoned']);
  assert.equal(page.questions.length, 1, 'the answer is there already');
});

test('the end of everything needs no grace', async (context) => {
  const page = new Page(context);
  await page.expand(A);
  page.hover.end();
  assert.equal(page.log.at(-1), 'hide');
  assert.equal(page.hover.target, null);
});

test('a question has a card, and its answer takes the place of it at once', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.wait(DWELL_MS);
  page.ask(0);
  await settle();
  page.wait(STAY_MS);
  assert.deepEqual(page.log, ['a: question ', 'a: card']);
  page.hover.askAgain();
  await page.answer(1, 'fireship');
  page.wait(0);
  await settle();
  assert.deepEqual(page.log.slice(2), ['a: fireship', 'a: card summoned']);
  assert.ok(page.hover.isExpanded);
});

test('where no answer comes of the question, its card goes', async (context) => {
  const page = new Page(context);
  page.hover.point(A);
  page.hover.openCard();
  page.ask(0);
  page.wait(0);
  await settle();
  assert.deepEqual(page.log, ['a: question ', 'a: card summoned']);
  page.hover.askAgain();
  await page.answer(1, { ok: false, reason: 'network' });
  page.wait(0);
  await settle();
  assert.deepEqual(page.log.slice(2), ['hide', 'a: network ']);
  assert.ok(!page.hover.isExpanded);
});
