import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import {
  ClassifyError,
  type ClassifyResult,
  failure,
  isClassifyReply,
  isRequest,
  type Request,
} from '../../../extension/src/shared/messages.ts';

const SCORE = { name: 'a', displayName: 'A', handle: '@a', probability: 0.5 };
const RESULT: ClassifyResult = { ok: true, known: false, certain: false, confident: false, channel: SCORE, scores: [SCORE], unknown: 0.3, threshold: 0.2 };

const REQUESTS: Request[] = [
  { type: 'classify', url: '', id: '' },
  { type: 'cancel', id: '' },
  { type: 'classify-picture', name: '', data: '' },
  { type: 'warm-up' },
  { type: 'status' },
  { type: 'history' },
  { type: 'clear-cache' },
  { type: 'update-model' },
  { type: 'revert-model' },
  { type: 'explain', url: '' },
  { type: 'heat', url: '', channel: '', id: '' },
];

test('knows every request, and none with a field that is missing or of another type', () => {
  for (const request of REQUESTS) {
    assert.ok(isRequest(request), request.type);
    for (const field of Object.keys(request)) {
      for (const value of [undefined, null, 1, ['classify'], {}]) {
        assert.equal(isRequest({ ...request, [field]: value }), false, `${request.type}: ${field}`);
      }
    }
  }
});

test('tells requests from everything else', () => {
  for (const value of [null, undefined, 'classify', 1, [], {}, { type: 'other' }, { type: 'constructor' }, { type: '__proto__' }]) {
    assert.equal(isRequest(value), false, JSON.stringify(value));
  }
});

test('knows replies', () => {
  for (const value of [
    RESULT,
    { ...RESULT, unknown: null, threshold: null },
    { ok: false, reason: 'http', detail: '404' },
    { ok: false, reason: 'decode' },
  ]) {
    assert.ok(isClassifyReply(value), JSON.stringify(value));
  }
});

const NO_REPLIES: unknown[] = [
  null,
  undefined,
  true,
  {},
  [],
  { ok: true },
  { ...RESULT, ok: 'yes' },
  { ...RESULT, known: 1 },
  { ...RESULT, channel: 'a' },
  { ...RESULT, channel: null },
  { ...RESULT, channel: { ...SCORE, displayName: undefined } },
  { ...RESULT, channel: { ...SCORE, handle: undefined } },
  { ...RESULT, channel: { ...SCORE, probability: NaN } },
  { ...RESULT, scores: ['0.5'] },
  { ...RESULT, scores: { 0: SCORE } },
  { ...RESULT, unknown: undefined },
  { ...RESULT, threshold: undefined },
  { ...RESULT, threshold: '0.5' },
  { ok: false, reason: 'bored' },
  { ok: false, reason: 'http', detail: 404 },
];

for (const value of NO_REPLIES) {
  test(`${inspect(value)} is no reply`, () => assert.equal(isClassifyReply(value), false));
}

test('turns everything that is thrown into a reply', () => {
  assert.deepEqual(failure(new ClassifyError('decode')), { ok: false, reason: 'decode' });
  assert.deepEqual(failure(new ClassifyError('http', '500')), { ok: false, reason: 'http', detail: '500' });
  assert.deepEqual(failure(new Error('why')), { ok: false, reason: 'internal', detail: 'why' });
  assert.deepEqual(failure('text'), { ok: false, reason: 'internal', detail: 'text' });
});
