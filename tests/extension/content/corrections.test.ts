/** What a person may say of an answer, and what the badge says then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { channelOf, choicesOf } from '../../../extension/src/content/badge/corrections.ts';
import { isNamed, toBadgeView } from '../../../extension/src/content/badge/view-model.ts';
import { verdictOf } from '../../../extension/src/content/glance/verdict.ts';
import { localiser } from '../../../extension/src/shared/i18n.ts';
import type { MyChannel } from '../../../extension/src/shared/learning.ts';
import type { ClassifyResult } from '../../../extension/src/shared/messages.ts';
import { DEFAULT_SETTINGS } from '../../../extension/src/shared/settings.ts';

const t = localiser('en');
const LOCALE = { language: 'en', localise: t } as const;
const SCORE = { name: '@ann', displayName: 'Ann', handle: 'ann', probability: 0.95 };
const REPLY: ClassifyResult = { ok: true, known: true, certain: true, confident: true, channel: SCORE, scores: [SCORE], unknown: 0.02, threshold: 0.5 };
const BOB = { names: ['Bob'], handle: '@bob' };
const CHANNELS = ['Ann', 'Zoë', 'Bob'].map(
  (name): MyChannel => ({ id: '', handle: name.toLowerCase(), name, key: `@${name.toLowerCase()}`, source: 'learnt', examples: [], browsed: 0, quality: 'good', stale: false, time: 1 }),
);

const textsOf = (...args: Parameters<typeof choicesOf>): string[] => choicesOf(...args).map(({ text }) => text);

test('first no, then the poster, then all others', () => {
  assert.deepEqual(textsOf(REPLY, BOB, CHANNELS, '', t), ['Not Ann', 'It is Bob', 'It is Ann', 'It is Zoë']);
});

test('a poster that is not known can be learnt', () => {
  const [, offer] = choicesOf(REPLY, { names: ['Eve'], handle: '@eve' }, CHANNELS, '', t);
  assert.deepEqual(offer, { text: '+ Learn Eve', correction: { kind: 'learn', channel: { id: '', handle: 'eve', name: 'Eve' } } });
  assert.equal(channelOf({ names: ['Eve'], handle: null }), null, 'a name alone leads nowhere');
  assert.equal(channelOf(null), null);
});

test('letters search, whatever their accents and case', () => {
  assert.deepEqual(textsOf(REPLY, null, CHANNELS, 'zoe', t), ['It is Zoë']);
  assert.deepEqual(textsOf(REPLY, null, CHANNELS, 'nobody', t), []);
});

test('what a person said stands in the place of a percentage, also where another channel posted it', () => {
  const said = { ...REPLY, said: 'is' } as const;
  assert.deepEqual(toBadgeView(said, BOB, LOCALE).text, 'You said: Ann');
  assert.equal(verdictOf(said, BOB, DEFAULT_SETTINGS.actions).state, 'known');
  assert.ok(!textsOf(said, BOB, CHANNELS, '', t).includes('Not Ann'));
});

test('a rough channel is a maybe without a percentage, and never a look-alike', () => {
  const rough = { ...REPLY, channel: { ...SCORE, quality: 'rough' } } as const;
  assert.equal(toBadgeView(rough, null, LOCALE).text, 'Maybe Ann');
  assert.ok(isNamed(REPLY, BOB) && !isNamed(rough, BOB));
});

test('while no channel is known, the badge says so in the neutral colour', () => {
  assert.deepEqual(toBadgeView({ ok: false, reason: 'no-channels' }, null, LOCALE), { state: 'none', text: 'None of your channels yet' });
});
