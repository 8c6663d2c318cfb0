/** Who may ask the background what, and what is answered. */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Router, type Dependencies } from '../../../extension/src/background/router.ts';
import type { Sender } from '../../../extension/src/shared/browser.ts';
import type { Heatmap } from '../../../extension/src/heatmap/heatmap.ts';
import { ClassifyError, type ClassifyReply, failure, type Request } from '../../../extension/src/shared/messages.ts';

const ADDRESS = 'https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg';
const OWN: Sender = { ownPage: true, place: 'own', incognito: false };
const PAGE: Sender = { ownPage: false, place: '1/0', incognito: false };
const SCORE = { name: 'a', displayName: 'A', handle: '@a', probability: 0.9 };
const REPLY: ClassifyReply = { ok: true, known: true, certain: false, confident: false, channel: SCORE, scores: [SCORE], unknown: null, threshold: null };

const HEAT: Heatmap = { ok: true, channel: 'a', grid: '/w==', width: 1, height: 1, box: [0, 0, 9, 9], size: [9, 9] };

const log: string[] = [];

beforeEach((context) => {
  log.length = 0;
  ('mock' in context ? context.mock : mock).method(console, 'error', () => undefined);
});

function note<T>(line: string, result: T): Promise<T> {
  log.push(line);
  return Promise.resolve(result);
}

function router(changes: Partial<Dependencies> = {}): Router {
  return new Router({
    classifyService: {
      classify: () => Promise.resolve(REPLY),
      classifyFile: () => Promise.resolve(REPLY),
      glance: (url) => note(`glance ${url}`, REPLY),
      prefetch: (url) => note(`prepare ${url}`, undefined),
    },
    heatmapService: { heatmap: (url, channel) => note(`heat ${channel} ${url}`, HEAT) },
    pictureService: { picture: (url) => note(`picture ${url}`, 'data:image/png;base64,AA==') },
    history: {
      entries: () => Promise.resolve([{ what: ADDRESS, time: 1, reply: REPLY }]),
      addAddress: (what) => note(`address ${what}`, undefined),
      addFile: (what) => note(`file ${what}`, undefined),
      clear: () => note('clear history', undefined),
    },
    countGlance: ({ place }, count) => note(`count ${place} ${count}`, undefined),
    clearCache: () => note('clear cache', undefined),
    status: () => Promise.resolve({ model: failure(new ClassifyError('model-missing')), server: 'none', wantedHosts: [] }),
    warmUp: () => note('warm up', 'v1'),
    update: () => note('update', 'v2'),
    revert: () => note('revert', 'v3'),
    server: () => Promise.resolve('http://127.0.0.1:8765'),
    openTab: (path) => note(`open ${path}`, undefined),
    ...changes,
  });
}

const CASES: [Request, unknown, string[]][] = [
  [{ type: 'classify', url: ADDRESS, id: '1' }, REPLY, [`address ${ADDRESS}`]],
  [{ type: 'prepare', url: ADDRESS, id: '1' }, { ok: true }, [`prepare ${ADDRESS}`]],
  [{ type: 'cancel', id: 'nobody' }, { ok: true }, []],
  [{ type: 'glance', url: ADDRESS, id: '1' }, REPLY, [`glance ${ADDRESS}`]], // and not into the history
  [{ type: 'glance-count', count: '12' }, { ok: true }, ['count own 12']],
  [{ type: 'glance-count', count: '' }, { ok: true }, ['count own null']],
  [{ type: 'glance-count', count: '-1e9' }, { ok: true }, ['count own null']],
  [{ type: 'classify-picture', name: 'a.png', data: '' }, REPLY, ['file a.png']],
  [{ type: 'warm-up' }, { ok: true, version: 'v1' }, ['warm up']],
  [{ type: 'status' }, { model: { ok: false, reason: 'model-missing' }, server: 'none', wantedHosts: [] }, []],
  [{ type: 'history' }, [{ what: ADDRESS, time: 1, reply: REPLY }], []],
  [{ type: 'clear-cache' }, { ok: true }, ['clear cache', 'clear history']],
  [{ type: 'update-model' }, { ok: true, version: 'v2' }, ['update']],
  [{ type: 'revert-model' }, { ok: true, version: 'v3' }, ['revert']],
  [{ type: 'explain', url: ADDRESS }, { ok: true }, [`open build/why.html?url=${encodeURIComponent(ADDRESS)}`]],
  [{ type: 'report' }, { ok: true }, ['open http://127.0.0.1:8765/report']],
  [{ type: 'heat', url: ADDRESS, channel: 'a', id: '2' }, HEAT, [`heat a ${ADDRESS}`]],
  [{ type: 'picture', url: ADDRESS }, { ok: true, data: 'data:image/png;base64,AA==' }, [`picture ${ADDRESS}`]],
];

for (const [request, reply, lines] of CASES) {
  test(`answers ${request.type}`, async () => {
    assert.deepEqual(await router().handle(request, OWN), reply);
    assert.deepEqual(log, lines);
  });
}

test('a content script may classify, prepare, cancel, glance, count, warm up, have explained, open the report, ask for heat and for small pictures, and nothing else', async () => {
  const allowed: string[] = [];
  for (const [request] of CASES) {
    const answer = router().handle(request, PAGE);
    if (answer !== null) {
      if (allowed.at(-1) !== request.type) allowed.push(request.type);
      await answer;
    }
  }
  assert.deepEqual(allowed, ['classify', 'prepare', 'cancel', 'glance', 'glance-count', 'warm-up', 'explain', 'report', 'heat', 'picture']);
});

test('what is no request is left to others', () => {
  for (const message of [null, 'classify', { type: 'classify' }, { type: 'classify-focused' }]) {
    assert.equal(router().handle(message, OWN), null);
  }
});

test('what happens in a private window is not noted', async () => {
  const all = router();
  await all.handle({ type: 'classify', url: ADDRESS, id: '1' }, { ...PAGE, incognito: true });
  await all.handle({ type: 'classify-picture', name: 'a.png', data: '' }, { ...OWN, incognito: true });
  assert.deepEqual(log, []);
});

test('cancel ends the request of that name from that frame alone', async () => {
  const answerer: Dependencies['classifyService'] = {
    classify: (_, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(failure(signal.reason)))),
    prefetch: () => Promise.resolve(),
    classifyFile: () => Promise.resolve(REPLY),
    glance: () => Promise.resolve(REPLY),
  };
  const all = router({ classifyService: answerer });
  const other: Sender = { ...PAGE, place: '2/0' };
  const ended: string[] = [];
  const ask = async (name: string, id: string, sender: Sender): Promise<unknown> => {
    const reply = await all.handle({ type: 'classify', url: ADDRESS, id }, sender);
    ended.push(name);
    return reply;
  };
  const replies = [ask('first', '1', PAGE), ask('second', '2', PAGE), ask('elsewhere', '1', other)];
  await all.handle({ type: 'cancel', id: '1' }, PAGE);
  assert.deepEqual(await replies[0], { ok: false, reason: 'cancelled' });
  assert.deepEqual(ended, ['first']);
  await all.handle({ type: 'cancel', id: '1' }, PAGE); // too late: nothing happens
  await all.handle({ type: 'cancel', id: '2' }, PAGE);
  await all.handle({ type: 'cancel', id: '1' }, other);
  await Promise.all(replies);
  assert.deepEqual(ended.toSorted(), ['elsewhere', 'first', 'second']);
});

test('cancel ends a question for heat', async () => {
  const heatmap: Dependencies['heatmapService']['heatmap'] = (_, __, signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(failure(signal.reason))));
  const all = router({ heatmapService: { heatmap } });
  const reply = all.handle({ type: 'heat', url: ADDRESS, channel: 'a', id: '1' }, PAGE);
  await all.handle({ type: 'cancel', id: '1' }, PAGE);
  assert.deepEqual(await reply, { ok: false, reason: 'cancelled' });
});

test('explains thumbnails and public https pictures alone', async () => {
  const all = router();
  for (const url of ['javascript:alert(1)', 'http://cdn.example/a.png', 'https://127.0.0.1/', 'data:image/png,x', 'https://www.youtube.com/']) {
    assert.deepEqual(await all.handle({ type: 'explain', url }, PAGE), { ok: false, reason: 'not-a-thumbnail' });
  }
  assert.deepEqual(log, []);
  await all.handle({ type: 'explain', url: 'https://cdn.example/a.png?b=c&d=e#f' }, PAGE);
  assert.deepEqual(log, ['open build/why.html?url=https%3A%2F%2Fcdn.example%2Fa.png%3Fb%3Dc%26d%3De']);
});

test('without a server there is no report to open', async () => {
  const all = router({ server: () => Promise.resolve('') });
  assert.deepEqual(await all.handle({ type: 'report' }, PAGE), { ok: false, reason: 'server-unset' });
  assert.deepEqual(log, []);
});

test('a failure is a reply', async () => {
  const all = router({
    warmUp: () => Promise.reject(new ClassifyError('model-missing')),
    update: () => Promise.reject(new ClassifyError('server', 'no server is set')),
    status: () => Promise.reject(new Error('the store is gone')),
  });
  const answers: [Request['type'], unknown][] = [
    ['warm-up', { ok: false, reason: 'model-missing' }],
    ['update-model', { ok: false, reason: 'server', detail: 'no server is set' }],
    ['status', { ok: false, reason: 'internal', detail: 'the store is gone' }],
  ];
  for (const [type, reply] of answers) {
    assert.deepEqual(await all.handle({ type }, OWN), reply);
  }
});
