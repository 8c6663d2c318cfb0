/** The switch for the heat of an answer: above all, that nothing is shown which nobody waits for any more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HeatmapToggle, type HeatmapState } from '../../../extension/src/heatmap/toggle.ts';
import type { Heatmap, HeatmapReply } from '../../../extension/src/heatmap/heatmap.ts';

const HEAT: Heatmap = { ok: true, channel: 'a', grid: '/w==', width: 1, height: 1, box: [0, 0, 9, 9], size: [9, 9] };

interface Question {
  readonly signal: AbortSignal;
  readonly answer: (reply: HeatmapReply) => void;
  readonly fail: (error: Error) => void;
}

/** A card that logs what it is told to show; the test answers its questions. */
class Card {
  readonly log: string[] = [];
  readonly questions: Question[] = [];
  readonly explanation = new HeatmapToggle(
    (signal) => new Promise((answer, fail) => this.questions.push({ signal, answer, fail })),
    (state) => this.log.push(nameOf(state)),
  );

  async answer(index: number, reply: HeatmapReply): Promise<void> {
    this.questions[index]?.answer(reply);
    await settle();
  }
}

function nameOf(state: HeatmapState): string {
  return typeof state === 'string' ? state : state.ok ? `heat ${state.channel}` : `${state.reason} ${state.detail ?? ''}`;
}

/** Lets all promises run that can. */
function settle(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

test('nobody is asked before somebody wants to know', () => {
  const card = new Card();
  card.explanation.end();
  assert.deepEqual([card.questions, card.log], [[], []]);
});

test('heat is waited for, shown, and taken off', async () => {
  const card = new Card();
  card.explanation.toggle();
  await card.answer(0, HEAT);
  card.explanation.toggle();
  assert.deepEqual(card.log, ['waiting', 'heat a', 'off']);
});

test('the same heat comes back without another question', async () => {
  const card = new Card();
  card.explanation.toggle();
  await card.answer(0, HEAT);
  card.explanation.toggle();
  card.explanation.toggle();
  assert.deepEqual(card.log, ['waiting', 'heat a', 'off', 'heat a']);
  assert.equal(card.questions.length, 1);
});

test('an answer that comes after the end is thrown away', async () => {
  const card = new Card();
  card.explanation.toggle();
  card.explanation.end();
  assert.equal(card.questions[0]?.signal.aborted, true);
  await card.answer(0, HEAT);
  assert.deepEqual(card.log, ['waiting', 'off']);
});

test('an answer to an earlier question is not taken for that to a later one', async () => {
  const card = new Card();
  for (let press = 0; press < 3; press++) card.explanation.toggle();
  await card.answer(0, { ...HEAT, channel: 'stale' });
  assert.deepEqual(card.log, ['waiting', 'off', 'waiting']);
  await card.answer(1, HEAT);
  assert.equal(card.log.at(-1), 'heat a');
});

test('after a failure the next press asks again', async () => {
  const card = new Card();
  card.explanation.toggle();
  await card.answer(0, { ok: false, reason: 'server-down' });
  card.explanation.toggle();
  card.questions[1]?.fail(new Error('nobody listens'));
  await settle();
  card.explanation.toggle();
  await card.answer(2, HEAT);
  assert.deepEqual(card.log, ['waiting', 'server-down ', 'waiting', 'internal nobody listens', 'waiting', 'heat a']);
});
