/** What a badge says and where it stands, in both languages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { alphaOf } from '../../extension/src/content/picture.ts';
import { place, reasonKey, toView } from '../../extension/src/content/view.ts';
import { type ClassifyResult, REASONS } from '../../extension/src/shared/messages.ts';
import { keysOf, LANGUAGES, localise } from './locales.ts';

const RESULT: ClassifyResult = {
  ok: true,
  known: true,
  channel: { name: 'fireship', displayName: 'Fireship' },
  probability: 0.97314,
  probabilities: [0.97314, 0.02],
  unknown: 0.00686,
};

test('a known channel is named with its probability', () => {
  assert.deepEqual(toView(RESULT, localise('en')), {
    state: 'known',
    text: 'Fireship 97\u00a0%',
    channel: 'fireship',
    probability: '0.9731',
  });
});

test('an unknown channel is not named', () => {
  assert.deepEqual(toView({ ...RESULT, known: false }, localise('en')), {
    state: 'unknown',
    text: 'None of your channels',
  });
});

test('a missing answer is waited for', () => {
  assert.equal(toView(null, localise('fr')).state, 'waiting');
});

test('a failure names its status', () => {
  assert.deepEqual(toView({ ok: false, reason: 'http', detail: '404' }, localise('en')), {
    state: 'error',
    text: 'The thumbnail could not be loaded (404)',
  });
  assert.match(toView({ ok: false, reason: 'http', detail: '404' }, localise('fr')).text, /miniature .*\(404\)/);
});

for (const language of LANGUAGES) {
  test(`every reason is a sentence of its own in ${language}`, () => {
    const sentences = REASONS.map((reason) => toView({ ok: false, reason, detail: 'DETAIL' }, localise(language)).text);
    assert.equal(new Set(sentences).size, REASONS.length);
    for (const [i, sentence] of sentences.entries()) {
      assert.ok(sentence.length > 10, `${REASONS[i] ?? ''}: ${sentence}`);
      assert.doesNotMatch(sentence, /\$/);
    }
  });
}

test('no sentence of a reason is left over', () => {
  const used = REASONS.map(reasonKey).sort();
  assert.deepEqual(keysOf('en').filter((key) => key.startsWith('reason_')).sort(), used);
});

test('a badge stands inside the top-left corner of its thumbnail', () => {
  assert.deepEqual(place({ left: 100, top: 50, right: 300 }, 1000), { left: 106, top: 56, maxWidth: 188 });
});

test('a badge stays within the viewport', () => {
  assert.deepEqual(place({ left: -40, top: -10, right: 160 }, 100), { left: 6, top: 6, maxWidth: 88 });
  assert.equal(place({ left: 95, top: 0, right: 300 }, 100).maxWidth, 0);
});

test('the opacity of computed colours', () => {
  for (const [colour, alpha] of [
    ['rgb(1, 2, 0)', 1],
    ['rgba(0, 0, 0, 0)', 0],
    ['rgba(15, 15, 15, 0.5)', 0.5],
    ['color(srgb 1 1 1)', 1],
    ['color(srgb 1 1 1 / 0.25)', 0.25],
    ['oklch(0.7 0.1 200 / 0)', 0],
  ] as const) {
    assert.equal(alphaOf(colour), alpha, colour);
  }
});
