import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { keysOf, LANGUAGES, messagesOf, type Speaker } from '../support/locales.ts';

const EXTENSION = new URL('../../../extension/', import.meta.url);
const SPEAKERS: readonly Speaker[] = ['extension', 'try'];

/** The names of what is put into a text, and the numbers that it takes straight. */
function placesOf(message: string | undefined): string[] {
  return [...(message ?? '').matchAll(/\$(\w+)\$|\$\d/g)].map(([place, name]) => name?.toLowerCase() ?? place).sort();
}

test('every language has the same keys and placeholders', () => {
  assert.deepEqual(readdirSync(new URL('_locales', EXTENSION)).sort(), [...LANGUAGES]);
  for (const speaker of SPEAKERS) {
    const english = messagesOf('en', speaker);
    for (const language of LANGUAGES) {
      assert.deepEqual(keysOf(language, speaker), Object.keys(english));
      for (const [key, { placeholders, message }] of Object.entries(messagesOf(language, speaker))) {
        assert.deepEqual(placeholders, english[key]?.placeholders, key);
        assert.deepEqual(placesOf(message), placesOf(english[key]?.message), key);
        assert.deepEqual(placesOf(message).filter((place) => !place.startsWith('$')), Object.keys(placeholders ?? {}).sort(), key);
      }
    }
  }
});

test('the page to try pictures has a text for every key in its HTML, and says all that it has', () => {
  const folder = new URL('src/try/', EXTENSION);
  const html = readFileSync(new URL('index.html', folder), 'utf8');
  const keys = keysOf('en', 'try');
  const used = [...html.matchAll(/data-i18n(?:-\w+)?="(\w+)"/g)].map(([, key]) => key ?? '');
  assert.ok(used.length > 10);
  assert.deepEqual(used.filter((key) => !keys.includes(key) && !keysOf('en').includes(key)), []);
  assert.deepEqual(keys.filter((key) => keysOf('en').includes(key)), [], 'each has one text');
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts')).map((name) => new URL(name, folder));
  const code = [...sources, new URL('build.mjs', EXTENSION)].map((file) => readFileSync(file, 'utf8')).join('\n');
  assert.deepEqual(keys.filter((key) => !used.includes(key) && !new RegExp(`['"]${key}['"]`).test(code)), []);
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
  for (const speaker of SPEAKERS) {
    for (const [key, { message }] of Object.entries(messagesOf('fr', speaker))) {
      assert.doesNotMatch(message, / [:;!?%»]|« /, key);
    }
  }
});
