/** What a result tells of its channels: by which id and handle they are known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseMetadata } from '../../../extension/src/model/metadata.ts';
import { toResult } from '../../../extension/src/model/result.ts';
import { metadataJson } from '../support/tiny-model.ts';

const ID = 'UCsBjURrPoezykLs9EqgamOA';

function told(handle: string, url: string): { handle: string; id?: string } {
  const description = metadataJson();
  const given = description['channels'] as object[];
  const channels = given.map((channel) => ({ ...channel, handle, url }));
  const metadata = parseMetadata({ ...description, channels });
  const { channel } = toResult({ probabilities: channels.map(() => 0.1), unknown: 0.1 }, metadata, null);
  return { handle: channel.handle, ...(channel.id === undefined ? {} : { id: channel.id }) };
}

test('a channel is known by what its handle or its address says', () => {
  assert.deepEqual(told('@Fireship', ''), { handle: '@Fireship' });
  assert.deepEqual(told('', 'https://www.youtube.com/@Fireship/videos'), { handle: '@Fireship' });
  assert.deepEqual(told('', `https://www.youtube.com/channel/${ID}`), { handle: '', id: ID });
  assert.deepEqual(told('@Fireship', `https://www.youtube.com/channel/${ID}?x=1`), { handle: '@Fireship', id: ID });
  assert.deepEqual(told(ID, ''), { handle: ID, id: ID });
  assert.deepEqual(told('', ''), { handle: '' });
});

/** Whether an answer is acted upon, for what speaks for none of the channels; the curve reaches 98 % at `from`. */
function confident(unknown: number, from: number, limits: object = {}): boolean {
  const description = metadataJson(true);
  const curve = [{ threshold: from - 0.1, known_recall: 0.97, false_known: 0.1 }, { threshold: from, known_recall: 0.98, false_known: 0.2 }];
  const metadata = parseMetadata({
    ...description,
    unknown: { threshold: 0.5, lookalike_threshold: 0.2, auroc: 1, known_recall: 0.9, false_known: 0.1, drawn: false, curve, ...limits },
  });
  const result = toResult({ probabilities: metadata.channels.map(() => 0.1), unknown }, metadata, null);
  assert.equal(result.known, unknown <= 0.5);
  return result.confident;
}

test('a channel is acted upon where it is certain, none of them where hardly one of the channels’ own lies', () => {
  assert.deepEqual([0.2, 0.21, 0.5].map((unknown) => confident(unknown, 0.7)), [true, false, false]);
  assert.deepEqual([0.51, 0.7, 0.71].map((unknown) => confident(unknown, 0.7)), [false, false, true]);
  assert.ok(confident(0.51, 0.4), 'a line below that of “none” counts as that');
});

test('models that nobody measured never act', () => {
  for (const unknown of [0.01, 0.99]) {
    assert.ok(!confident(unknown, 0.7, { lookalike_threshold: null, curve: [] }));
  }
});
