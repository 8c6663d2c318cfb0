import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { keysOf, LANGUAGES, messagesOf } from '../support/locales.ts';

const EXTENSION = new URL('../../../extension/', import.meta.url);

test('every language has the same keys and placeholders', () => {
  assert.deepEqual(readdirSync(new URL('_locales', EXTENSION)).sort(), [...LANGUAGES]);
  for (const language of LANGUAGES) {
    assert.deepEqual(keysOf(language), keysOf('en'));
    for (const [key, { placeholders, message }] of Object.entries(messagesOf(language))) {
      assert.deepEqual(placeholders, messagesOf('en')[key]?.placeholders, key);
      const used = [...message.matchAll(/\$(\w+)\$/g)].map(([, name]) => name?.toLowerCase());
      assert.deepEqual(used.sort(), Object.keys(placeholders ?? {}).sort(), key);
    }
  }
});

test('keys have only the letters that Chrome allows', () => {
  for (const key of keysOf('en')) {
    assert.match(key, /^\w+$/);
  }
});

test('the description fits into a store', () => {
  for (const language of LANGUAGES) {
    assert.ok((messagesOf(language)['extension_description']?.message.length ?? Infinity) <= 132);
  }
});

test('every key of the manifest exists', () => {
  const manifest = readFileSync(new URL('manifest.json', EXTENSION), 'utf8');
  const used = [...manifest.matchAll(/__MSG_(\w+)__/g)].map(([, key]) => key ?? '');
  assert.ok(used.length > 0);
  for (const key of used) {
    assert.ok(keysOf('en').includes(key), key);
  }
});

test('French keeps its signs on the line of their word', () => {
  for (const [key, { message }] of Object.entries(messagesOf('fr'))) {
    assert.doesNotMatch(message, / [:;!?%»]|« /, key);
  }
});
