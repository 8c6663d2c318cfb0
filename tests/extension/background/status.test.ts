/** What the popup is told, and whether the local server is there. */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, beforeEach, mock, test } from 'node:test';

import { checkServer, readStatus } from '../../../extension/src/background/status.ts';
import { ClassifyError, type ModelStatus } from '../../../extension/src/shared/messages.ts';
import { listen, type Loopback, nobody } from '../support/loopback.ts';
import { metadataJson } from '../support/tiny-model.ts';

let server: Loopback;

before(async () => {
  server = await listen();
});

beforeEach((context) => {
  ('mock' in context ? context.mock : mock).method(console, 'warn', () => undefined);
});

after(() => server.close());

test('without a server nobody is asked', async () => {
  assert.equal(await checkServer(''), 'none');
  assert.deepEqual(server.asked, []);
});

const ANSWERS: [string, RequestListener, 'up' | 'down'][] = [
  ['answers as ours', (_, response) => response.end('{"ok":true}'), 'up'],
  ['answers with a page', (_, response) => response.end('<!doctype html>'), 'down'],
  ['is in trouble', (_, response) => response.writeHead(503).end('{}'), 'down'],
  ['sends elsewhere', (_, response) => response.writeHead(302, { location: '/other' }).end(), 'down'],
  ['never answers', () => undefined, 'down'],
];

for (const [what, answer, expected] of ANSWERS) {
  test(`a server that ${what} is ${expected}`, async () => {
    server.routes = { '/health': answer, '/other': (_, response) => response.end('{}') };
    assert.equal(await checkServer(server.origin, expected === 'up' ? 10_000 : 200), expected);
  });
}

test('a server that does not run is down', async () => {
  assert.equal(await checkServer(await nobody()), 'down');
});

test('gathers the model, the server and the wanted hosts', async () => {
  const model: ModelStatus = { ok: true, metadata: metadataJson(), origin: 'packaged', bytes: 1 };
  const status = await readStatus({
    model: () => Promise.resolve(model),
    server: () => Promise.resolve(''),
    wantedHosts: () => Promise.resolve(['cdn.example']),
  });
  assert.deepEqual(status, { model, server: 'none', wantedHosts: ['cdn.example'] });
});

test('tells why there is no model', async () => {
  const status = await readStatus({
    model: () => Promise.reject(new ClassifyError('model-broken', 'model.json is missing')),
    server: () => Promise.resolve(''),
    wantedHosts: () => Promise.resolve([]),
  });
  assert.deepEqual(status.model, { ok: false, reason: 'model-broken', detail: 'model.json is missing' });
});
