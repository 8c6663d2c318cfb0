/** Our own SHA-256, for pages to which the browser gives none. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { digestOf, sha256 } from '../../../extension/src/model/sha256.ts';

test('it is the same as everybody else’s, at every length of the last block', async () => {
  for (const length of [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 300_001]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7919) >> 3);
    const expected = createHash('sha256').update(bytes).digest('hex');
    assert.equal(Buffer.from(digestOf(bytes.buffer)).toString('hex'), expected, String(length));
    assert.equal(await sha256(bytes.buffer), expected);
  }
});
