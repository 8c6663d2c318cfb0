import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Unknown } from '../../../extension/src/model/metadata.ts';
import { operatingPoint } from '../../../extension/src/model/operating-point.ts';

const CURVE = [0.1, 0.3, 0.5, 0.9].map((threshold, i) => ({
  threshold,
  knownRecall: [0.5, 0.8, 0.95, 0.99][i] ?? 0,
  falseKnown: [0, 0.1, 0.2, 0.6][i] ?? 0,
}));
const UNKNOWN: Unknown = {
  threshold: 0.4,
  lookalikeThreshold: 0.3,
  auroc: 0.9,
  knownRecall: 0.9,
  falseKnown: 0.15,
  drawn: false,
  curve: CURVE,
};

test("without a wish, the model's own threshold", () => {
  assert.deepEqual(operatingPoint(UNKNOWN, null), { threshold: 0.4, knownRecall: 0.9, falseKnown: 0.15 });
});

test('the strictest threshold that finds as many as are wished for', () => {
  for (const [wish, threshold] of [
    [0, 0.1],
    [0.5, 0.1],
    [0.51, 0.3],
    [0.8, 0.3],
    [0.95, 0.5],
    [0.96, 0.9],
  ] as const) {
    assert.equal(operatingPoint(UNKNOWN, wish).threshold, threshold, String(wish));
  }
});

test('a wish beyond the curve gets the most that there is', () => {
  assert.deepEqual(operatingPoint(UNKNOWN, 1), CURVE.at(-1));
});

test('the more is to be found, the less strict it gets', () => {
  const thresholds = Array.from({ length: 101 }, (_, i) => operatingPoint(UNKNOWN, i / 100).threshold);
  assert.deepEqual(thresholds, thresholds.toSorted((a, b) => a - b));
});

test('where nobody measured, a wish changes nothing and nothing is promised', () => {
  const unmeasured: Unknown = { ...UNKNOWN, knownRecall: null, falseKnown: null, curve: [] };
  for (const wish of [null, 0.5]) {
    assert.deepEqual(operatingPoint(unmeasured, wish), { threshold: 0.4, knownRecall: null, falseKnown: null });
  }
});
