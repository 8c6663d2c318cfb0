/** What the icon says of a tab: its frames added up, as long as its page is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { GlanceCounts, textOf } from '../../../extension/src/background/glance-counts.ts';
import type { Sender } from '../../../extension/src/shared/browser.ts';

function from(tab: number, frame: number): Sender {
  return { ownPage: false, place: `${tab}/${frame}`, tab, frame, host: '', incognito: false };
}

test('the frames of a tab are added up, until its page is another', async () => {
  const shown: string[] = [];
  let stored: unknown;
  const slot = { load: () => Promise.resolve(stored), save: (value: unknown) => Promise.resolve(void (stored = structuredClone(value))) };
  const make = () => new GlanceCounts(slot, (tab, text) => Promise.resolve(void shown.push(`${tab}: ${text}`)));
  const counts = make();
  await counts.note(from(1, 0), 5);
  await counts.note(from(1, 7), 2);
  await counts.note(from(2, 0), 1);
  await counts.note(from(1, 0), 4);
  await counts.note(from(1, 7), null);
  assert.deepEqual(shown.splice(0), ['1: 5', '1: 7', '2: 1', '1: 6', '1: 4']);
  await counts.note(from(1, 8), 3);
  await new Promise((written) => setTimeout(written, 5));
  const later = make(); // another life of the background
  await later.note(from(1, 9), 1);
  await later.note(from(1, 0), null);
  await later.note({ ownPage: true, place: 'own', host: '', incognito: false }, 9);
  assert.deepEqual(shown, ['1: 7', '1: 8', '1: ']);
});

test('the icon has room for three figures', () => {
  assert.deepEqual([0, 1, 999, 1000].map(textOf), ['', '1', '999', '999+']);
});
