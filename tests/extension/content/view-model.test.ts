/** What the badge and the card say, in both languages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Uploader } from '../../../extension/src/content/detect/uploader.ts';
import { cardRangeOf, type Locale, toCardView, toBadgeView, toHeatmapView } from '../../../extension/src/content/badge/view-model.ts';
import { QUESTION } from '../../../extension/src/content/question.ts';
import type { Heatmap } from '../../../extension/src/heatmap/heatmap.ts';
import { type ClassifyResult, REASONS, type Score } from '../../../extension/src/shared/messages.ts';
import { keysOf, type Language, LANGUAGES, localise } from '../support/locales.ts';

const FIRESHIP: Score = { name: 'fireship', displayName: 'Fireship', handle: '@fireship', probability: 0.97314 };
const RESULT: ClassifyResult = {
  ok: true,
  known: true,
  certain: true,
  confident: true,
  channel: FIRESHIP,
  scores: [FIRESHIP, { name: 'other', displayName: 'Other', handle: '', probability: 0.02 }],
  unknown: 0.00686,
  threshold: 0.55,
};
const STRANGER: Uploader = { names: ['Somebody'], handle: 'somebody' };

function locale(language: Language): Locale {
  return { language, localise: localise(language) };
}

function withProbability(probability: number): ClassifyResult {
  const channel = { ...FIRESHIP, probability };
  return { ...RESULT, channel, scores: [channel, { ...RESULT.scores[1]!, probability: 1 - probability }] };
}

for (const language of LANGUAGES) {
  test(`a known channel is named with its probability in ${language}`, () => {
    assert.deepEqual(toBadgeView(RESULT, null, locale(language)), {
      state: 'known',
      text: 'Fireship 97\u00a0%',
      channel: 'fireship',
      probability: '0.9731',
    });
  });

  test(`what is not certain is not said to be in ${language}`, () => {
    assert.equal(toBadgeView(withProbability(0.99999), null, locale(language)).text, 'Fireship 99\u00a0%');
    assert.equal(toCardView(RESULT, null, locale(language)).bars[1]?.percent, '2\u00a0%');
  });
}

test('an unknown channel is not named', () => {
  const view = { state: 'unknown', text: 'None of your channels' };
  assert.deepEqual(toBadgeView({ ...RESULT, known: false }, null, locale('en')), view);
  assert.deepEqual(toBadgeView({ ...RESULT, known: false }, STRANGER, locale('en')), view);
});

test('where YouTube may not be asked yet, the badge says that it is its thumbnail', () => {
  const { state, text } = toBadgeView(QUESTION, null, locale('en'));
  assert.equal(state, 'question');
  assert.match(text, /YouTube thumbnail/);
});

test('a missing answer is waited for', () => {
  assert.equal(toBadgeView(null, STRANGER, locale('fr')).state, 'waiting');
});

test('a look-alike names whose it looks like and who posted it', () => {
  assert.deepEqual(toBadgeView(RESULT, STRANGER, locale('en')), {
    state: 'lookalike',
    text: 'Looks like Fireship, posted by Somebody',
    channel: 'fireship',
    probability: '0.9731',
  });
  assert.equal(toBadgeView(RESULT, STRANGER, locale('fr')).text, 'Ressemble à Fireship, publiée par Somebody');
});

test('nothing is claimed of the own channel or of an unknown uploader', () => {
  for (const uploader of [{ names: ['FIRESHIP'], handle: null }, null]) {
    for (const reply of [RESULT, { ...RESULT, certain: false }, withProbability(0.4)]) {
      assert.equal(toBadgeView(reply, uploader, locale('en')).state, 'known');
    }
  }
});

const DOUBTFUL = [{ ...RESULT, certain: false }, withProbability(0.79), { ...withProbability(0.79), certain: false }];

test('what another channel posted is none of the channels, unless it is certain', () => {
  for (const reply of DOUBTFUL) {
    assert.deepEqual(toBadgeView(reply, STRANGER, locale('en')), { state: 'unknown', text: 'None of your channels' });
  }
  assert.equal(toBadgeView(withProbability(0.8), STRANGER, locale('en')).state, 'lookalike');
});

for (const language of LANGUAGES) {
  test(`the card says that another channel posted what it does not name in ${language}`, () => {
    const { localise } = locale(language);
    for (const reply of DOUBTFUL) {
      for (const limits of [{}, { unknown: null, threshold: null }]) {
        const card = toCardView({ ...reply, ...limits }, STRANGER, locale(language));
        assert.equal(card.title, localise('badge_unknown'));
        assert.equal(card.unknown, localise('card_posted'));
      }
    }
    const limit = toCardView(RESULT, STRANGER, locale(language)).unknown ?? '';
    assert.notEqual(limit, localise('card_posted'));
    assert.equal(toCardView({ ...RESULT, known: false }, STRANGER, locale(language)).unknown, limit);
  });

  test(`there is room for either reason in every card in ${language}`, () => {
    const { localise } = locale(language);
    const limit = localise('card_unknown', ['100', '100']);
    assert.ok(limit.length > localise('card_posted').length, 'the longer one is measured');
    assert.ok(cardRangeOf(RESULT, STRANGER, locale(language)).notes.includes(limit));
    const unlimited = { ...RESULT, unknown: null, threshold: null };
    assert.deepEqual(cardRangeOf(unlimited, STRANGER, locale(language)).notes, [localise('card_posted')]);
    assert.deepEqual(cardRangeOf(unlimited, null, locale(language)).notes, []);
  });
}

test('a failure names its status', () => {
  assert.deepEqual(toBadgeView({ ok: false, reason: 'http', detail: '404' }, null, locale('en')), {
    state: 'error',
    text: 'The thumbnail could not be loaded (404)',
  });
  assert.match(toBadgeView({ ok: false, reason: 'http', detail: '404' }, null, locale('fr')).text, /miniature .*\(404\)/);
});

for (const language of LANGUAGES) {
  test(`every reason is a sentence of its own in ${language}`, () => {
    const sentences = REASONS.map(
      (reason) => toBadgeView({ ok: false, reason, detail: 'DETAIL' }, null, locale(language)).text,
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
  const card = toCardView(RESULT, null, locale('en'));
  assert.equal(card.title, 'Fireship 97\u00a0%');
  assert.deepEqual(card.bars, [
    { name: 'Fireship', share: 0.97314, percent: '97\u00a0%' },
    { name: 'Other', share: 0.02, percent: '2\u00a0%' },
  ]);
  assert.equal(card.more, null);
});

test('the card counts the channels beyond the eighth', () => {
  const scores = Array.from({ length: 13 }, (_, i) => ({ ...FIRESHIP, name: `c${i}`, probability: i === 0 ? 0.52 : 0.04 }));
  const card = toCardView({ ...RESULT, scores }, null, locale('en'));
  assert.equal(card.bars.length, 8);
  assert.equal(card.more, '5 more: 20\u00a0%');
  assert.equal(toCardView({ ...RESULT, scores }, null, locale('fr')).more, '5 de plus\u00a0: 20\u00a0%');
  const shown = card.bars.map(({ percent }) => Number.parseInt(percent));
  assert.equal(shown.reduce((sum, percent) => sum + percent, 20), 100, 'all that is shown adds up');
});

test('the card says why a thumbnail counts as unknown', () => {
  const unknown = { ...RESULT, known: false, unknown: 0.62, threshold: 0.55 };
  const card = toCardView(unknown, null, locale('en'));
  assert.equal(card.title, 'None of your channels');
  assert.equal(card.unknown, '62\u00a0% none of your channels; counted as unknown from 55\u00a0%');
  assert.match(toCardView(unknown, null, locale('fr')).unknown ?? '', /^62\u00a0% pour aucune .* 55\u00a0%$/);
});

test('a model that knows no "none of these" says nothing of it', () => {
  assert.equal(toCardView({ ...RESULT, unknown: null, threshold: null }, null, locale('en')).unknown, null);
});

const HEAT: Heatmap = { ok: true, channel: 'fireship', grid: 'AP8=', width: 2, height: 1, box: [0, 0, 9, 9], size: [9, 9] };
const COLD: Heatmap = { ...HEAT, grid: 'AAA=' };

test('nothing is said of heat that nobody wants to see', () => {
  assert.deepEqual(toHeatmapView('off', RESULT, null, locale('en')), { pressed: false, hasLegend: false, text: '', hasCommand: false });
});

for (const language of LANGUAGES) {
  test(`heat is waited for, and speaks for the most probable channel, in ${language}`, () => {
    const waiting = toHeatmapView('waiting', RESULT, null, locale(language));
    assert.deepEqual({ ...waiting, text: '' }, { pressed: true, hasLegend: false, text: '', hasCommand: false });
    const shown = toHeatmapView(HEAT, RESULT, null, locale(language));
    assert.deepEqual({ ...shown, text: '' }, { pressed: true, hasLegend: true, text: '', hasCommand: false });
    const nearest = toHeatmapView(HEAT, { ...RESULT, known: false }, null, locale(language));
    const doubtful = toHeatmapView(HEAT, { ...RESULT, certain: false }, STRANGER, locale(language));
    assert.equal(doubtful.text, nearest.text, 'what is not named is the nearest');
    const nothing = toHeatmapView(COLD, RESULT, null, locale(language));
    assert.equal(nothing.hasLegend, false);
    for (const { text } of [shown, nearest, nothing]) assert.match(text, /Fireship/);
    assert.equal(new Set([waiting, shown, nearest, nothing].map(({ text }) => text)).size, 4);
  });

  test(`where no server answers, the command is shown in ${language}`, () => {
    for (const reason of ['server-unset', 'server-down'] as const) {
      const view = toHeatmapView({ ok: false, reason }, RESULT, null, locale(language));
      assert.deepEqual({ ...view, text: '' }, { pressed: false, hasLegend: false, text: '', hasCommand: true });
      assert.match(view.text, /\S\u00a0?:$/u);
    }
    const other = toHeatmapView({ ok: false, reason: 'server', detail: 'HTTP 500' }, RESULT, null, locale(language));
    assert.match(other.text, /HTTP 500/);
    assert.equal(other.hasCommand, false);
  });
}
