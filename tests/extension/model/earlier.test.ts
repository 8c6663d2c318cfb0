/** A model that an earlier Thumbprint converted: it is used, and no look-alike is claimed by it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { toBadgeView } from '../../../extension/src/content/badge/view-model.ts';
import { parseMetadata } from '../../../extension/src/model/metadata.ts';
import { toResult } from '../../../extension/src/model/result.ts';
import { pointsOf } from '../../../extension/src/ui/strictness-scale.ts';
import { localise } from '../support/locales.ts';

const FILE = new URL('../../fixtures/earlier/metadata.json', import.meta.url);
const metadata = parseMetadata(JSON.parse(readFileSync(FILE, 'utf8')));
const SURE = { probabilities: [0.99, 0.005], unknown: 0 };
const OWN = { names: ['ember'], handle: null };
const STRANGER = { names: ['Somebody'], handle: null };

test('the model of an earlier Thumbprint is read', () => {
  assert.deepEqual(metadata.channels.map(({ name }) => name), ['ember', 'fjord']);
  assert.equal(metadata.unknown?.lookalikeThreshold, null);
  assert.ok(pointsOf(metadata.unknown).length > 1, 'the slider moves along its curve');
});

test('it names a channel as before, and never a look-alike', () => {
  for (const knownRecall of [null, 0.5, 1]) {
    const result = toResult(SURE, metadata, knownRecall);
    const state = (uploader: typeof OWN | null): string =>
      toBadgeView(result, uploader, { language: 'en', localise: localise('en') }).state;
    assert.equal(result.known, true);
    assert.deepEqual([state(null), state(OWN), state(STRANGER)], ['known', 'known', 'unknown']);
  }
});

test('a strictness that was stored is met as strictly as the curve allows, or by its end', () => {
  const curve = metadata.unknown?.curve ?? [];
  for (const stored of [0, 0.3, 0.95, 1]) {
    const { threshold } = toResult(SURE, metadata, stored);
    const place = curve.findIndex((point) => point.threshold === threshold);
    assert.ok(place >= 0, `${stored} is a point of the curve`);
    assert.ok(curve.slice(0, place).every(({ knownRecall }) => knownRecall < stored), `nothing stricter brings ${stored}`);
    assert.ok(curve[place]!.knownRecall >= stored || place === curve.length - 1);
  }
});
