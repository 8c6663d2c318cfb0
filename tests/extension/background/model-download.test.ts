/** Downloading a model from a server that may say anything. */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';

import { downloadModel, type DownloadRules } from '../../../extension/src/background/model-download.ts';
import { ClassifyError, type Reason } from '../../../extension/src/shared/messages.ts';
import { listen, type Loopback, nobody } from '../support/loopback.ts';
import { type Files, tinyModel, toBytes } from '../support/tiny-model.ts';

const RULES: DownloadRules = { maxBytes: 100_000, maxFiles: 5, timeoutMs: 10_000 };

let server: Loopback;

before(async () => {
  server = await listen();
});

beforeEach(() => {
  serve(tinyModel());
});

after(() => server.close());

function serve(files: Files, changes: Record<string, RequestListener> = {}): void {
  const routes = [...files].map(([name, bytes]): [string, RequestListener] => [
    `/model/${name}`,
    (_, response) => response.writeHead(200).end(bytes),
  ]);
  server.routes = { ...Object.fromEntries(routes), ...changes };
}

const SHARD = '/model/group1-shard2of2.bin';

test('fetches the description and every file that it lists', async () => {
  server.asked.length = 0;
  const files = await downloadModel(server.origin, RULES);
  const expected = tinyModel();
  assert.deepEqual([...files.keys()].sort(), [...expected.keys()].sort());
  for (const [name, bytes] of expected) {
    assert.deepEqual(new Uint8Array(files.get(name) ?? new ArrayBuffer()), bytes, name);
  }
  assert.equal(server.asked[0], 'GET /model/metadata.json');
  assert.equal(server.asked.length, expected.size);
});

async function assertFails(origin: string, reason: Reason, detail: RegExp, rules = RULES): Promise<void> {
  await assert.rejects(downloadModel(origin, rules), (error) => {
    assert.ok(error instanceof ClassifyError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.detail ?? '', detail);
    return true;
  });
}

test('asks nobody where no server is set', () => assertFails('', 'server', /^no server is set$/));

test('tells a server that is down', async () => {
  await assertFails(await nobody(), 'server', /^\/model\/metadata\.json: .+/);
});

const ANSWERS: [string, Record<string, RequestListener>, Reason, RegExp][] = [
  ['a server without a model', { '/model/metadata.json': (_, response) => response.writeHead(404).end('{}') }, 'server', /^\/model\/metadata\.json: HTTP 404$/],
  ['a page instead of JSON', { '/model/metadata.json': (_, response) => response.end('<!doctype html>') }, 'model-broken', /^metadata\.json is not JSON$/],
  ['another schema', { '/model/metadata.json': (_, response) => response.end('{"schema":1}') }, 'model-broken', /schema 1 is not 3/],
  ['a file that is missing', { [SHARD]: (_, response) => response.writeHead(404).end() }, 'server', /shard2of2\.bin: HTTP 404$/],
  [
    'a redirect',
    { [SHARD]: (_, response) => response.writeHead(302, { location: '/model/model.json' }).end() },
    'server',
    /shard2of2\.bin: /,
  ],
  [
    'a file that is cut short',
    { [SHARD]: (_, response) => void response.writeHead(200, { 'content-length': 1000 }).write('x', () => response.destroy()) },
    'server',
    /shard2of2\.bin: /,
  ],
  [
    'a file that is promised too large',
    { [SHARD]: (_, response) => response.writeHead(200, { 'content-length': 100_000 }).flushHeaders() },
    'server',
    /shard2of2\.bin: too large$/,
  ],
  [
    'a description of many files',
    { '/model/metadata.json': (_, response) => response.end(toBytes(manyFiles(6))) },
    'server',
    /^the model has 6 files, more than 5$/,
  ],
];

function manyFiles(count: number): unknown {
  const sums = Array.from({ length: count }, (_, i) => [i === 0 ? 'model.json' : `${i}.bin`, '0'.repeat(64)]);
  const description = tinyModel().get('metadata.json') ?? Buffer.of();
  return { ...(JSON.parse(Buffer.from(description).toString()) as object), files: Object.fromEntries(sums) as object };
}

for (const [what, changes, reason, detail] of ANSWERS) {
  test(`tells ${what}`, async () => {
    serve(tinyModel(), changes);
    await assertFails(server.origin, reason, detail);
  });
}

test('the bound is that of all files together', async () => {
  const sizes = [...tinyModel().values()].map(({ length }) => length);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  assert.equal((await downloadModel(server.origin, { ...RULES, maxBytes: all })).size, sizes.length);
  await assertFails(server.origin, 'server', /too large$/, { ...RULES, maxBytes: all - 1 });
});

for (const [what, answer] of [
  ['never answers', () => undefined],
  ['stops in the middle', (_, response) => response.writeHead(200).write('x')],
] satisfies [string, RequestListener][]) {
  test(`gives up a server that ${what}`, async () => {
    serve(tinyModel(), { [SHARD]: answer });
    await assertFails(server.origin, 'server', /shard2of2\.bin: .*(timeout|aborted)/i, { ...RULES, timeoutMs: 200 });
  });
}
