/** Against a server on the loopback interface, which the injected rules take for YouTube's. */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';

import { fetchPicture, type FetchRules, readDataUrl, THUMBNAIL_RULES } from '../../../extension/src/background/fetcher.ts';
import { ClassifyError, type Reason } from '../../../extension/src/shared/messages.ts';
import { until } from '../support/memory-slot.ts';

const PICTURE = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
const MAX_BYTES = 1000;

const ROUTES: Record<string, RequestListener> = {
  '/good.jpg': (_, response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(PICTURE),
  '/upper.jpg': (_, response) => response.writeHead(200, { 'content-type': 'IMAGE/JPEG' }).end(PICTURE),
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].flatMap((status) => [
      [`/moved-${status}.jpg`, (_, response) => response.writeHead(status, { location: '/good.jpg' }).end()],
      [`/away-${status}.jpg`, (_, response) => response.writeHead(status, { location: elsewhere.replace('HERE', address()) }).end()],
    ] satisfies [string, RequestListener][]),
  ),
  '/missing.jpg': (_, response) => response.writeHead(404, { 'content-type': 'image/jpeg' }).end(PICTURE),
  '/page.jpg': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  '/untyped.jpg': (_, response) => response.writeHead(200).end(PICTURE),
  '/full.jpg': (_, response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(Buffer.alloc(MAX_BYTES)),
  '/promised.jpg': (_, response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': MAX_BYTES + 1 }).flushHeaders();
  },
  '/endless.jpg': (_, response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg' });
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(100)));
    };
    response.on('drain', more);
    more();
  },
  '/silent.jpg': () => undefined,
  '/stuck.jpg': (_, response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).write(PICTURE),
  '/reset.jpg': (request) => request.socket.destroy(),
};

/** The same server under a name that the rules do not allow. */
const elsewhere = 'http://localhost:HERE/good.jpg';

let server: Server;
let seen: { path: string; headers: IncomingHttpHeaders }[] = [];

before(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    seen.push({ path, headers: request.headers });
    ROUTES[path]?.(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});

beforeEach(() => {
  seen = [];
});

after(() => {
  server.closeAllConnections();
  server.close();
});

function address(): string {
  return String((server.address() as AddressInfo).port);
}

const NEVER = new AbortController().signal;

function get(path: string, changes: Partial<FetchRules> = {}, signal = NEVER): Promise<Blob> {
  const rules = { allows: (url: URL) => url.hostname === '127.0.0.1', maxBytes: MAX_BYTES, timeoutMs: 10_000 };
  return fetchPicture(`http://127.0.0.1:${address()}${path}`, { ...rules, ...changes }, signal);
}

async function assertFails(promise: Promise<Blob>, reason: Reason, detail: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof ClassifyError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.detail ?? '', detail);
    return true;
  });
}

test('gives the bytes and their type', async () => {
  const blob = await get('/good.jpg');
  assert.deepEqual(Buffer.from(await blob.arrayBuffer()), PICTURE);
  assert.equal(blob.type, 'image/jpeg');
});

test('sends neither cookies nor a referrer', async () => {
  await get('/good.jpg');
  assert.deepEqual(
    seen.map(({ headers }) => [headers.cookie, headers.referer]),
    [[undefined, undefined]],
  );
});

test('follows no redirect, wherever it leads', async () => {
  for (const path of Object.keys(ROUTES).filter((name) => /\d{3}/.test(name))) {
    seen = [];
    await assertFails(get(path), 'redirect', /^$/);
    assert.deepEqual(seen.map((request) => request.path), [path]);
  }
});

test('takes any spelling of the type', async () => {
  assert.equal((await get('/upper.jpg')).size, PICTURE.length);
});

test('takes a picture of exactly the allowed size', async () => {
  assert.equal((await get('/full.jpg')).size, MAX_BYTES);
});

test('asks no other server', async () => {
  for (const allowed of [false, Promise.resolve(false)]) {
    await assertFails(get('/good.jpg', { allows: () => allowed }), 'not-a-thumbnail', /^127\.0\.0\.1/);
  }
  assert.deepEqual(seen, []);
});

test('for thumbnails, only their servers are asked', async () => {
  const url = `http://127.0.0.1:${address()}/good.jpg`;
  await assertFails(fetchPicture(url, THUMBNAIL_RULES, NEVER), 'not-a-thumbnail', /^127\.0\.0\.1/);
  assert.deepEqual(seen, []);
});

const FAILURES: [string, string, Reason, RegExp][] = [
  ['a missing thumbnail', '/missing.jpg', 'http', /^404$/],
  ['a page', '/page.jpg', 'not-an-image', /^text\/html$/],
  ['an answer without a type', '/untyped.jpg', 'not-an-image', /^$/],
  ['a size above the bound', '/promised.jpg', 'too-large', /^1001$/],
  ['a body that never ends', '/endless.jpg', 'too-large', /^\d{4,}$/],
  ['a broken connection', '/reset.jpg', 'network', /fetch/],
];

for (const [what, path, reason, detail] of FAILURES) {
  test(`tells ${what}`, () => assertFails(get(path), reason, detail));
}

for (const path of ['/silent.jpg', '/stuck.jpg']) {
  test(`${path} is given up after the time limit`, () =>
    assertFails(get(path, { timeoutMs: 100 }), 'network', /timeout|aborted/i));
}

for (const path of ['/silent.jpg', '/stuck.jpg']) {
  test(`${path} ends when nobody waits any more`, async () => {
    const waiting = new AbortController();
    const result = assertFails(get(path, {}, waiting.signal), 'cancelled', /^$/);
    await until(() => seen.length === 1);
    waiting.abort();
    await result;
  });
}

test('what nobody waits for is not asked', async () => {
  await assertFails(get('/good.jpg', {}, AbortSignal.abort()), 'cancelled', /^$/);
  assert.deepEqual(seen, []);
});

test('reads a picture from its data: address', async () => {
  const blob = await readDataUrl(`data:image/jpeg;base64,${PICTURE.toString('base64')}`);
  assert.deepEqual(Buffer.from(await blob.arrayBuffer()), PICTURE);
  assert.equal(blob.type, 'image/jpeg');
});

test('reads nothing else', async () => {
  await assertFails(readDataUrl('data:text/html,<p>'), 'not-an-image', /^text\/html$/);
  await assertFails(readDataUrl(`http://127.0.0.1:${address()}/good.jpg`), 'not-an-image', /^$/);
  await assertFails(readDataUrl('data:image/png;base64,%%%'), 'decode', /./);
  await assertFails(readDataUrl(`data:image/png,${'x'.repeat(20 * 1024 * 1024)}`), 'too-large', /^\d+$/);
  assert.deepEqual(seen, []);
});
