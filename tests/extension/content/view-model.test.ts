/** What the badge and the card say, in both languages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Poster } from '../../../extension/src/content/detect/uploader.ts';
import { type Speech, toCard, toView, toWhy } from '../../../extension/src/content/badge/view-model.ts';
import type { Heat } from '../../../extension/src/heatmap/heatmap.ts';
import { type ClassifyResult, REASONS, type Score } from '../../../extension/src/shared/messages.ts';
import { keysOf, type Language, LANGUAGES, localise } from '../support/locales.ts';

const FIRESHIP: Score = { name: 'fireship', displayName: 'Fireship', handle: '@fireship', probability: 0.97314 };
const RESULT: ClassifyResult = {
  ok: true,
  known: true,
  channel: FIRESHIP,
  scores: [FIRESHIP, { name: 'other', displayName: 'Other', handle: '', probability: 0.02 }],
  unknown: 0.00686,
  threshold: 0.55,
};
const STRANGER: Poster = { names: ['Somebody'], handle: 'somebody' };

function speech(language: Language): Speech {
  return { language, localise: localise(language) };
}

function withProbability(probability: number): ClassifyResult {
  return { ...RESULT, channel: { ...FIRESHIP, probability } };
}

for (const language of LANGUAGES) {
  test(`a known channel is named with its probability in ${language}`, () => {
    assert.deepEqual(toView(RESULT, null, speech(language)), {
      state: 'known',
      text: 'Fireship 97\u00a0%',
      channel: 'fireship',
      probability: '0.9731',
    });
  });

  test(`what is not certain is not said to be in ${language}`, () => {
    assert.equal(toView(withProbability(0.99999), null, speech(language)).text, 'Fireship 99\u00a0%');
    assert.equal(toCard(RESULT, null, speech(language)).bars[1]?.percent, '2\u00a0%');
  });
}

test('an unknown channel is not named', () => {
  const view = { state: 'unknown', text: 'None of your channels' };
  assert.deepEqual(toView({ ...RESULT, known: false }, null, speech('en')), view);
  assert.deepEqual(toView({ ...RESULT, known: false }, STRANGER, speech('en')), view);
});

test('a missing answer is waited for', () => {
  assert.equal(toView(null, STRANGER, speech('fr')).state, 'waiting');
});

test('a look-alike names whose it looks like and who posted it', () => {
  assert.deepEqual(toView(RESULT, STRANGER, speech('en')), {
    state: 'lookalike',
    text: 'Looks like Fireship, posted by Somebody',
    channel: 'fireship',
    probability: '0.9731',
  });
  assert.equal(toView(RESULT, STRANGER, speech('fr')).text, 'Ressemble à Fireship, publiée par Somebody');
});

test('nothing is claimed of the own channel, of an unknown poster, or on a guess', () => {
  for (const [reply, poster] of [
    [RESULT, { names: ['FIRESHIP'], handle: null }],
    [RESULT, null],
    [withProbability(0.79), STRANGER],
  ] as const) {
    assert.equal(toView(reply, poster, speech('en')).state, 'known');
  }
  assert.equal(toView(withProbability(0.8), STRANGER, speech('en')).state, 'lookalike');
});

test('a failure names its status', () => {
  assert.deepEqual(toView({ ok: false, reason: 'http', detail: '404' }, null, speech('en')), {
    state: 'error',
    text: 'The thumbnail could not be loaded (404)',
  });
  assert.match(toView({ ok: false, reason: 'http', detail: '404' }, null, speech('fr')).text, /miniature .*\(404\)/);
});

for (const language of LANGUAGES) {
  test(`every reason is a sentence of its own in ${language}`, () => {
    const sentences = REASONS.map(
      (reason) => toView({ ok: false, reason, detail: 'DETAIL' }, null, speech(language)).text,
    );
    assert.equal(new Set(sentences).size, REASONS.length);
    for (const [i, sentence] of sentences.entries()) {
      assert.ok(sentence.length > 10, `${REASONS[i] ?? ''}: ${sentence}`);
      assert.doesNotMatch(sentence, /\$/);
    }
  });
}

test('no sentence of a reason is left over', () => {
  const used = REASONS.map((reason) => `reason_${reason.replaceAll('-', '_')}`).sort();
  assert.deepEqual(keysOf('en').filter((key) => key.startsWith('reason_')).sort(), used);
});

test('the card shows every channel of a few', () => {
  const card = toCard(RESULT, null, speech('en'));
  assert.equal(card.title, 'Fireship 97\u00a0%');
  assert.deepEqual(card.bars, [
    { name: 'Fireship', share: 0.97314, percent: '97\u00a0%' },
    { name: 'Other', share: 0.02, percent: '2\u00a0%' },
  ]);
  assert.equal(card.more, null);
});

test('the card counts the channels beyond the eighth', () => {
  const scores = Array.from({ length: 13 }, (_, i) => ({ ...FIRESHIP, name: `c${i}`, probability: 1 / (i + 2) }));
  const card = toCard({ ...RESULT, scores }, null, speech('en'));
  assert.equal(card.bars.length, 8);
  assert.equal(card.more, '5 more');
  assert.equal(toCard({ ...RESULT, scores }, null, speech('fr')).more, '5 de plus');
});

test('the card says why a thumbnail counts as unknown', () => {
  const unknown = { ...RESULT, known: false, unknown: 0.62, threshold: 0.55 };
  const card = toCard(unknown, null, speech('en'));
  assert.equal(card.title, 'None of your channels');
  assert.equal(card.unknown, '62\u00a0% none of your channels; counted as unknown from 55\u00a0%');
  assert.match(toCard(unknown, null, speech('fr')).unknown ?? '', /^62\u00a0% pour aucune .* 55\u00a0%$/);
});

test('a model that knows no "none of these" says nothing of it', () => {
  assert.equal(toCard({ ...RESULT, unknown: null, threshold: null }, null, speech('en')).unknown, null);
});

const HEAT: Heat = { ok: true, channel: 'fireship', grid: 'AP8=', width: 2, height: 1, box: [0, 0, 9, 9], size: [9, 9] };
const COLD: Heat = { ...HEAT, grid: 'AAA=' };

test('nothing is said of heat that nobody wants to see', () => {
  assert.deepEqual(toWhy('off', RESULT, speech('en')), { pressed: false, hasLegend: false, text: '', hasCommand: false });
});

for (const language of LANGUAGES) {
  test(`heat is waited for, and speaks for the most probable channel, in ${language}`, () => {
    const waiting = toWhy('waiting', RESULT, speech(language));
    assert.deepEqual({ ...waiting, text: '' }, { pressed: true, hasLegend: false, text: '', hasCommand: false });
    const shown = toWhy(HEAT, RESULT, speech(language));
    assert.deepEqual({ ...shown, text: '' }, { pressed: true, hasLegend: true, text: '', hasCommand: false });
    const nearest = toWhy(HEAT, { ...RESULT, known: false }, speech(language));
    const nothing = toWhy(COLD, RESULT, speech(language));
    assert.equal(nothing.hasLegend, false);
    for (const { text } of [shown, nearest, nothing]) assert.match(text, /Fireship/);
    assert.equal(new Set([waiting, shown, nearest, nothing].map(({ text }) => text)).size, 4);
  });

  test(`where no server answers, the command is shown in ${language}`, () => {
    for (const reason of ['server-unset', 'server-down'] as const) {
      const view = toWhy({ ok: false, reason }, RESULT, speech(language));
      assert.deepEqual({ ...view, text: '' }, { pressed: false, hasLegend: false, text: '', hasCommand: true });
      assert.match(view.text, /\S\u00a0?:$/u);
    }
    const other = toWhy({ ok: false, reason: 'server', detail: 'HTTP 500' }, RESULT, speech(language));
    assert.match(other.text, /HTTP 500/);
    assert.equal(other.hasCommand, false);
  });
}
