/** Percentages that add up: the same number for a channel wherever it is written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ClassifyResult, Score } from '../../../extension/src/shared/messages.ts';
import { percentagesOf, percentOfChannel, percentOfNone, percentOfRest, wholePercentages } from '../../../extension/src/shared/percentages.ts';

function scoresOf(...shares: number[]): Score[] {
  return shares.map((probability, i) => ({ name: `c${i}`, displayName: `C${i}`, handle: '', probability }));
}

function sharing(unknown: number | null, ...shares: number[]): Pick<ClassifyResult, 'scores' | 'unknown'> {
  return { scores: scoresOf(...shares), unknown };
}

function total(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

test('the largest remainders are rounded up, so that all add up to 100', () => {
  assert.deepEqual(wholePercentages([1 / 3, 1 / 3, 1 / 3]), [34, 33, 33]);
  assert.deepEqual(wholePercentages([0.415, 0.295, 0.29]), [42, 29, 29]);
  assert.deepEqual(wholePercentages([0.964, 0.012, 0.012, 0.012]), [97, 1, 1, 1]);
  assert.deepEqual(wholePercentages([0.987, 0.009, 0.004]), [99, 1, 0]);
});

test('whatever the shares, they add up and stay in their order', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const raw = Array.from({ length: 1 + (seed % 17) }, (_, i) => Math.abs(Math.sin(seed * 12.9898 + i * 78.233)) ** (seed % 9));
    const shares = raw.map((value) => value / total(raw)).sort((a, b) => b - a);
    const whole = wholePercentages(shares);
    assert.equal(total(whole), 100, `seed ${seed}`);
    assert.deepEqual(whole, whole.toSorted((a, b) => b - a), `seed ${seed}`);
    for (const [i, share] of shares.entries()) assert.ok(Math.abs(whole[i]! - share * 100) <= 1 + 1e-9, `seed ${seed}`);
  }
});

test('nothing is certain that is not, and a little is not nothing', () => {
  assert.deepEqual(percentagesOf(sharing(null, 0.9996, 0.0003, 0.0001), 'en'), ['99%', '1%', '<1%']);
  assert.deepEqual(percentagesOf(sharing(null, 1, 0), 'en'), ['100%', '0%']);
  assert.deepEqual(percentagesOf(sharing(null, 0.996, 0.002, 0.002), 'fr').map((text) => text.replaceAll(/\s/gu, '_')), [
    '99_%',
    '1_%',
    '<_1_%',
  ]);
});

test('a channel has one percentage, and those without a bar have the rest', () => {
  const reply = sharing(null, 0.412, 0.297, 0.287, 0.002, 0.002);
  assert.deepEqual(percentagesOf(reply, 'en'), ['41%', '30%', '29%', '<1%', '<1%']);
  assert.equal(percentOfChannel(reply, 'en'), '41%');
  assert.equal(percentOfRest(reply, 2, 'en'), '29%');
  assert.equal(percentOfRest(reply, 3, 'en'), '<1%');
  assert.equal(percentOfRest(reply, 5, 'en'), '0%');
});

test('where none of these has a share too, all of them add up', () => {
  const reply = sharing(0.345, 0.6316, 0.0092, 0.0074, 0.0068);
  assert.deepEqual(percentagesOf(reply, 'en'), ['63%', '1%', '1%', '1%']);
  assert.equal(percentOfNone(reply, 0.345, 'en'), '34%');
  assert.deepEqual(percentagesOf(sharing(0.9998, 0.0001, 0.0001), 'en'), ['1%', '<1%']);
  assert.equal(percentOfNone(sharing(0.9998, 0.0001, 0.0001), 0.9998, 'en'), '99%');
});

test('where it is a question of its own, it has a percentage of its own', () => {
  const reply = sharing(0.62, 0.9, 0.1);
  assert.deepEqual(percentagesOf(reply, 'en'), ['90%', '10%']);
  assert.equal(percentOfNone(reply, 0.62, 'en'), '62%');
  assert.equal(percentOfNone(reply, 0.001, 'en'), '<1%');
});
