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
