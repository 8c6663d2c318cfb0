/** One answer of a trained model and of what was learnt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { joinScores, type LearntAnswer, NOTHING_SAID } from '../../../extension/src/model/join.ts';
import { parseMetadata, type Unknown } from '../../../extension/src/model/metadata.ts';
import { toResult } from '../../../extension/src/model/result.ts';
import type { Quality } from '../../../extension/src/shared/messages.ts';
import { metadataJson } from '../support/tiny-model.ts';

const METADATA = parseMetadata(metadataJson(true)); // red and green; none from 0.5 on, look-alikes up to 0.3
const UNKNOWN: Unknown = {
  threshold: 0.4,
  lookalikeThreshold: 0.2,
  auroc: null,
  knownRecall: 0.9,
  falseKnown: 0.01,
  drawn: false,
  curve: [
    { threshold: 0.1, knownRecall: 0.6, falseKnown: 0 },
    { threshold: 0.6, knownRecall: 0.99, falseKnown: 0.1 },
  ],
};

function learnt(probabilities: number[], unknown: number, base = unknown, quality: Quality = 'good'): LearntAnswer {
  const channels = probabilities.map((_, i) => ({ name: `UC${i}`, displayName: `L${i}`, handle: '', quality }));
  return { channels, chances: { probabilities, unknown, base }, unknown: UNKNOWN };
}

function close(actual: number | null, expected: number, what: string): void {
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-9, `${what}: ${actual}, expected ${expected}`);
}

test('where nothing is learnt and nothing was said, the model answers as ever', () => {
  const scores = { probabilities: [0.7, 0.2], unknown: 0.1 };
  assert.deepEqual(joinScores(scores, METADATA, null, NOTHING_SAID, null), toResult(scores, METADATA, null));
});

test('odds of both, against one and the same none', () => {
  const { scores, unknown } = joinScores({ probabilities: [0.3, 0.3], unknown: 0.4 }, METADATA, learnt([0.75], 0.25), NOTHING_SAID, null);
  const whole = 1 + 0.3 / 0.4 + 0.3 / 0.4 + 0.75 / 0.25;
  assert.deepEqual(scores.map(({ name }) => name), ['UC0', 'red', 'green']);
  close(scores[0]!.probability, 3 / whole, 'the learnt one');
  close(scores[1]!.probability, 0.75 / whole, 'the trained one');
  close(unknown, 1 / whole, 'none');
  close(scores.reduce((sum, { probability }) => sum + probability, unknown ?? 0), 1, 'all');
});

test('known where the winner’s own side says so, and the limit that is shown says the same', () => {
  for (const [trained, own, name, known] of [
    [0.49, 0.95, 'red', true],
    [0.51, 0.95, 'red', false],
    [0.9, 0.39, 'UC0', true],
    [0.9, 0.41, 'UC0', false],
  ] as const) {
    const result = joinScores({ probabilities: [1 - trained, 0], unknown: trained }, METADATA, learnt([1 - own], own), NOTHING_SAID, null);
    assert.deepEqual([result.channel.name, result.known, result.unknown! <= result.threshold!], [name, known, known]);
  }
});

test('a rough channel is never certain; another one below its own line', () => {
  const scores = { probabilities: [], unknown: null };
  const none = parseMetadata({
    ...metadataJson(true),
    channels: [],
    outputs: { probabilities: null, unknown: null },
    unknown: null,
    features: { output: 'f', fingerprint: 'x', prior: { file: 'prior.bin', features: 1, components: 1, near: [], drawn: 0, held: 1, rows: 1 } },
    files: { 'model.json': '0'.repeat(64), 'prior.bin': '0'.repeat(64) },
  });
  const answer = (unknown: number, quality: Quality): boolean[] => {
    const { known, certain, confident } = joinScores(scores, none, learnt([1 - unknown], unknown, unknown, quality), NOTHING_SAID, null);
    return [known, certain, confident];
  };
  assert.deepEqual(answer(0.1, 'rough'), [true, false, false]);
  assert.deepEqual(answer(0.1, 'good'), [true, true, true]);
  assert.deepEqual(answer(0.3, 'solid'), [true, false, false]);
  assert.deepEqual(answer(0.5, 'good'), [false, false, false]);
  assert.deepEqual(answer(0.7, 'good'), [false, false, true], 'surely none');
});

test('none of them is acted upon only where both sides are sure', () => {
  const confident = (trained: number, own: number): boolean =>
    joinScores({ probabilities: [1 - trained, 0], unknown: trained }, METADATA, learnt([1 - own], own), NOTHING_SAID, null).confident;
  assert.equal(confident(0.97, 0.97), false, 'the trained model has no line for it');
  assert.equal(confident(0.4, 0.97), false);
});

test('the wish for more recognised ones moves both lines', () => {
  const known = (recall: number | null): boolean =>
    joinScores({ probabilities: [0.01, 0], unknown: 0.99 }, METADATA, learnt([0.5], 0.5), NOTHING_SAID, recall).known;
  assert.deepEqual([known(null), known(0.99), known(0.5)], [false, true, false]);
});

test('corrections of learnt channels count against the model’s own as well', () => {
  const scores = { probabilities: [0.6, 0], unknown: 0.4 };
  const known = (base: number): boolean => joinScores(scores, METADATA, learnt([0.01], 0.99, base), NOTHING_SAID, null).known;
  assert.deepEqual([known(0.99), known(0.3)], [true, false]);
});

test('what it is not is never named, and what it is always', () => {
  const scores = { probabilities: [0.8, 0.15], unknown: 0.05 };
  const not = joinScores(scores, METADATA, learnt([0.1], 0.9), { is: '', not: ['red'] }, null);
  assert.deepEqual([not.channel.name, not.known, not.said], ['green', true, 'not']);
  assert.equal(not.scores.find(({ name }) => name === 'red')?.probability, 0);
  const all = joinScores(scores, METADATA, null, { is: '', not: ['red', 'green'] }, null);
  assert.deepEqual([all.known, all.unknown, all.said], [false, 1, 'not']);
  const is = joinScores(scores, METADATA, learnt([0.1], 0.9), { is: 'UC0', not: ['red'] }, null);
  assert.deepEqual([is.channel.name, is.known, is.certain, is.said, is.unknown], ['UC0', true, true, 'is', 0]);
  assert.deepEqual(is.scores.map(({ probability }) => probability), [1, 0, 0]);
  assert.equal(joinScores(scores, METADATA, null, { is: 'forgotten', not: [] }, null).said, undefined);
});
