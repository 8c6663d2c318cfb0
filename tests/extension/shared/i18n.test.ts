import assert from 'node:assert/strict';
import { test } from 'node:test';

import { languageOf, localiser, type MessageKey, percent } from '../../../extension/src/shared/i18n.ts';
import { REASONS } from '../../../extension/src/shared/messages.ts';
import { keysOf, LANGUAGES, messagesOf } from '../support/locales.ts';

test("speaks the browser's language where it is one of ours", () => {
  for (const [browser, language] of [
    ['fr', 'fr'],
    ['fr-CA', 'fr'],
    ['FR-fr', 'fr'],
    ['en-GB', 'en'],
    ['de', 'en'],
    ['fro', 'en'],
    ['', 'en'],
  ] as const) {
    assert.equal(languageOf('auto', browser), language, browser);
  }
});

test('speaks the language that was chosen, whatever the browser', () => {
  assert.equal(languageOf('en', 'fr'), 'en');
  assert.equal(languageOf('fr', 'en-US'), 'fr');
});

test('puts what is said into its place', () => {
  assert.match(localiser('en')('badge_known', ['Fireship', '97']), /^Fireship 97/);
  assert.equal(localiser('en')('reason_http', ['404']), 'The thumbnail could not be loaded (404)');
  assert.notEqual(localiser('fr')('reason_decode'), localiser('en')('reason_decode'));
});

test('what is said may look like a place itself', () => {
  assert.equal(localiser('en')('reason_http', ['$STATUS$ $1 $&']), 'The thumbnail could not be loaded ($STATUS$ $1 $&)');
});

test('what is not said leaves nothing behind', () => {
  assert.equal(localiser('en')('reason_http'), 'The thumbnail could not be loaded ()');
});

test('a key that nobody knows is its own text', () => {
  assert.equal(localiser('en')('nonsense' as MessageKey), 'nonsense');
});

test('every text of every language fills all its places', () => {
  for (const language of LANGUAGES) {
    for (const key of keysOf('en')) {
      const places = Object.keys(messagesOf(language)[key]?.placeholders ?? {});
      const said = places.map((_, i) => `<${i + 1}>`);
      const text = localiser(language)(key as MessageKey, said);
      assert.doesNotMatch(text, /\$\w+\$/, key);
      for (const word of said) {
        assert.ok(text.includes(word), `${language} ${key}: ${word}`);
      }
    }
  }
});

test('every reason has a sentence', () => {
  for (const reason of REASONS) {
    assert.ok(keysOf('en').includes(`reason_${reason.replaceAll('-', '_')}`), reason);
  }
});

test('a percentage is never 0 or 100 for what is not certain', () => {
  for (const [share, text] of [
    [0, '0%'],
    [0.0001, '1%'],
    [0.004, '1%'],
    [0.015, '2%'],
    [0.5, '50%'],
    [0.994, '99%'],
    [0.9999, '99%'],
    [1, '100%'],
  ] as const) {
    assert.equal(percent(share, 'en'), text);
  }
});

test('French puts a space before the sign that does not break', () => {
  assert.match(percent(0.5, 'fr'), /^50[\u00a0\u202f]%$/);
});
