import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ClassifyError, failure, isClassifyReply, isClassifyRequest } from '../../extension/src/shared/messages.ts';

const RESULT = {
  ok: true,
  known: false,
  channel: { name: 'a', displayName: 'A' },
  probability: 0.5,
  probabilities: [0.5, 0.2],
  unknown: 0.3,
};

test('tells requests from everything else', () => {
  assert.ok(isClassifyRequest({ type: 'classify', url: '' }));
  for (const value of [null, undefined, 'classify', [], {}, { type: 'classify' }, { type: 'other', url: '' }, { type: 'classify', url: 1 }]) {
    assert.equal(isClassifyRequest(value), false, JSON.stringify(value));
  }
});

test('tells replies from everything else', () => {
  for (const value of [RESULT, { ...RESULT, unknown: null }, { ok: false, reason: 'http', detail: '404' }, { ok: false, reason: 'decode' }]) {
    assert.ok(isClassifyReply(value), JSON.stringify(value));
  }
  for (const value of [
    null,
    undefined,
    true,
    {},
    { ok: true },
    { ...RESULT, ok: 'yes' },
    { ...RESULT, known: 1 },
    { ...RESULT, channel: 'a' },
    { ...RESULT, channel: { name: 'a' } },
    { ...RESULT, probability: NaN },
    { ...RESULT, probabilities: ['0.5'] },
    { ...RESULT, unknown: undefined },
    { ok: false, reason: 'bored' },
    { ok: false, reason: 'http', detail: 404 },
  ]) {
    assert.equal(isClassifyReply(value), false, JSON.stringify(value));
  }
});

test('turns everything that is thrown into a reply', () => {
  assert.deepEqual(failure(new ClassifyError('decode')), { ok: false, reason: 'decode' });
  assert.deepEqual(failure(new ClassifyError('http', '500')), { ok: false, reason: 'http', detail: '500' });
  assert.deepEqual(failure(new Error('why')), { ok: false, reason: 'internal', detail: 'why' });
  assert.deepEqual(failure('text'), { ok: false, reason: 'internal', detail: 'text' });
});
