/** Who may ask the background what, and what is answered. */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Router, type Dependencies } from '../../../extension/src/background/router.ts';
import type { Sender } from '../../../extension/src/shared/browser.ts';
import type { Heatmap } from '../../../extension/src/heatmap/heatmap.ts';
import type { ChannelsReply, ImportReply, PreviewReply } from '../../../extension/src/shared/learning.ts';
import { percentagesOf, percentOfRest } from '../../../extension/src/shared/percentages.ts';
import { channelsOf } from '../../../extension/src/shared/scores.ts';
import { ClassifyError, type ClassifyReply, type ClassifyResult, failure, isClassifyReply, type Request } from '../../../extension/src/shared/messages.ts';

const ADDRESS = 'https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg';
const OWN: Sender = { ownPage: true, place: 'own', host: '', incognito: false };
const PAGE: Sender = { ownPage: false, place: '1/0', host: 'blog.example', incognito: false };
const YOUTUBE: Sender = { ...PAGE, host: 'www.youtube.com', tab: 7, frame: 0 };
const SCORE = { name: 'a', displayName: 'A', handle: '@a', probability: 0.9 };
const REPLY: ClassifyReply = { ok: true, known: true, certain: false, confident: false, channel: SCORE, scores: [SCORE], unknown: null, threshold: null };

const HEAT: Heatmap = { ok: true, channel: 'a', grid: '/w==', width: 1, height: 1, box: [0, 0, 9, 9], size: [9, 9] };

const CHANNEL = JSON.stringify({ id: `UC${'a'.repeat(22)}`, handle: 'Fireship', name: 'Fireship' });
const EXAMPLES = JSON.stringify(['dQw4w9WgXcQ', `picture:${'0'.repeat(64)}`]);
const CHANNELS: ChannelsReply = { ok: true, channels: [], canLearn: true, browsing: { own: 0, others: 0 }, corrections: 0 };
const PREVIEW: PreviewReply = { ok: true, count: 0, quality: null, tested: [], others: [], strangers: { taken: 0, of: 0 }, alike: [], known: false, failed: [] };
const IMPORT: ImportReply = { ok: true, added: 0, newer: 0, conflicts: 0, unchanged: 0, stale: 0, change: '' };

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
    learnTabs: { open: ({ id }) => note(`learn ${id}`, undefined), begins: (tab) => note(`begins ${tab}`, true) },
    learning: {
      channels: () => note('channels', CHANNELS),
      preview: ({ name }, examples) => note(`preview ${name} ${examples.length}`, PREVIEW),
      keep: ({ name }, examples, request) => note(`keep ${name} ${examples.length} ${request}`, 'c1'),
      readFile: (data) => note(`file ${data}`, `picture:${'a'.repeat(64)}`),
      undo: (change) => note(`undo ${change}`, undefined),
      rename: (key, name) => note(`rename ${key} ${name}`, 'c2'),
      forget: (key) => note(`forget ${key}`, 'c3'),
      correct: (url, not, is) => note(`correct ${url} ${not} ${is}`, 'c4'),
      seen: (url, { name }) => note(`seen ${url} ${name}`, undefined),
      forgetBrowsing: () => note('forget browsing', 'c5'),
      forgetCorrections: () => note('forget corrections', 'c6'),
      exportFile: () => note('export', '{}'),
      importFile: (text, apply) => note(`import ${text} ${apply}`, IMPORT),
    },
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

/** Each request about learnt channels, its answer, and what was done. */
const LEARNING: [Request, unknown, string[]][] = [
  [{ type: 'channels' }, CHANNELS, ['channels']],
  [{ type: 'learn-preview', channel: CHANNEL, examples: EXAMPLES, id: '1' }, PREVIEW, ['preview Fireship 2']],
  [{ type: 'learn-keep', channel: CHANNEL, examples: EXAMPLES, id: '1' }, { ok: true, change: 'c1' }, ['keep Fireship 2 1']],
  [{ type: 'learn-file', data: 'data:', id: '1' }, { ok: true, example: `picture:${'a'.repeat(64)}` }, ['file data:']],
  [{ type: 'learn-undo', change: 'c1' }, { ok: true }, ['undo c1']],
  [{ type: 'rename-channel', key: '@a', name: ' A ' }, { ok: true, change: 'c2' }, ['rename @a A']],
  [{ type: 'forget-channel', key: '@a' }, { ok: true, change: 'c3' }, ['forget @a']],
  [{ type: 'open-channel', channel: CHANNEL }, { ok: true }, [`learn UC${'a'.repeat(22)}`]],
  [{ type: 'learn-begin' }, { ok: true, open: true }, ['begins 7']],
  [{ type: 'correct', url: ADDRESS, not: '@a', is: '' }, { ok: true, change: 'c4' }, [`correct ${ADDRESS} @a `]],
  [{ type: 'seen', url: ADDRESS, poster: CHANNEL }, { ok: true }, [`seen ${ADDRESS} Fireship`]],
  [{ type: 'forget-browsing' }, { ok: true, change: 'c5' }, ['forget browsing']],
  [{ type: 'forget-corrections' }, { ok: true, change: 'c6' }, ['forget corrections']],
  [{ type: 'export-channels' }, { ok: true, text: '{}' }, ['export']],
  [{ type: 'import-channels', text: 'x', apply: '' }, IMPORT, ['import x false']],
  [{ type: 'import-channels', text: 'x', apply: '1' }, IMPORT, ['import x true']],
];

for (const [request, reply, lines] of LEARNING) {
  test(`answers ${request.type} ${'apply' in request ? request.apply : ''}`, async () => {
    assert.deepEqual(await router().handle(request, { ...OWN, tab: 7, frame: 0 }), reply);
    assert.deepEqual(log, lines);
  });
}

/** The requests of these that a sender may make. */
async function allowedTo(sender: Sender): Promise<string[]> {
  const answers = LEARNING.map(([request]) => ({ type: request.type, answer: router().handle(request, sender) }));
  await Promise.all(answers.flatMap(({ answer }) => (answer === null ? [] : [answer])));
  return answers.filter(({ answer }) => answer !== null).map(({ type }) => type);
}

test('a page may list and correct, YouTube’s own may learn, and neither may do anything else', async () => {
  const youtube = ['channels', 'learn-preview', 'learn-keep', 'learn-undo', 'open-channel', 'learn-begin', 'correct', 'seen'];
  assert.deepEqual(await allowedTo(PAGE), ['channels', 'correct']);
  assert.deepEqual(await allowedTo(YOUTUBE), youtube);
  assert.deepEqual(await allowedTo({ ...YOUTUBE, frame: 3 }), youtube.filter((type) => type !== 'learn-begin'));
  for (const host of ['youtube.com.evil.example', 'notyoutube.com', '']) {
    assert.deepEqual(await allowedTo({ ...YOUTUBE, host }), ['channels', 'correct']);
  }
});

test('nothing of a private window is kept', async () => {
  const all = router();
  for (const [request] of LEARNING) {
    const isKept = ['learn-keep', 'correct', 'rename-channel'].includes(request.type) || ('apply' in request && request.apply === '1');
    log.length = 0;
    const reply = await all.handle(request, { ...OWN, incognito: true });
    if (isKept) assert.deepEqual(reply, { ok: false, reason: 'private' });
    if (isKept || request.type === 'seen') assert.deepEqual(log, [], request.type);
  }
});

const WRONG: [string, Request][] = [
  ['no JSON', { type: 'learn-keep', channel: '{', examples: EXAMPLES, id: '1' }],
  ['a channel without a name', { type: 'learn-keep', channel: '{"id":"","handle":"a","name":""}', examples: EXAMPLES, id: '1' }],
  ['a wrong id', { type: 'open-channel', channel: '{"id":"UC1","handle":"","name":"a"}' }],
  ['a handle with a path', { type: 'open-channel', channel: '{"id":"","handle":"a/../b","name":"a"}' }],
  ['a name in two lines', { type: 'rename-channel', key: '@a', name: 'a\nb' }],
  ['a name that turns the text', { type: 'rename-channel', key: '@a', name: 'a\u202eb' }],
  ['a long name', { type: 'rename-channel', key: '@a', name: 'a'.repeat(201) }],
  ['a key of nothing', { type: 'forget-channel', key: '' }],
  ['examples twice', { type: 'learn-preview', channel: CHANNEL, examples: '["dQw4w9WgXcQ","dQw4w9WgXcQ"]', id: '1' }],
  ['an example that is an address', { type: 'learn-preview', channel: CHANNEL, examples: '["https://evil.example/"]', id: '1' }],
  ['too many examples', { type: 'learn-preview', channel: CHANNEL, examples: JSON.stringify(Array.from({ length: 201 }, (_, i) => String(i).padStart(11, '0'))), id: '1' }],
  ['a list that never ends', { type: 'learn-preview', channel: CHANNEL, examples: '['.repeat(30_000), id: '1' }],
  ['a long id', { type: 'learn-keep', channel: CHANNEL, examples: EXAMPLES, id: '1'.repeat(101) }],
  ['another apply', { type: 'import-channels', text: 'x', apply: 'true' }],
];

for (const [what, request] of WRONG) {
  test(`${what} is refused`, async () => {
    const reply = (await router().handle(request, OWN)) as { ok: boolean; reason: string };
    assert.deepEqual([reply.ok, reply.reason, log], [false, 'internal', []]);
  });
}

test('pages get the figures of the most probable channels alone, and the names of all', async () => {
  const scores = Array.from({ length: 50 }, (_, i) => ({ ...SCORE, name: `c${i}`, probability: i === 0 ? 0.51 : 0.01 }));
  const reply: ClassifyReply = { ...REPLY, scores, unknown: 0 };
  const classify = (): Promise<ClassifyReply> => Promise.resolve(reply);
  const noted: ClassifyReply[] = [];
  const all = router({
    classifyService: { classify, glance: classify, classifyFile: classify, prefetch: () => Promise.resolve() },
    history: { entries: () => Promise.resolve([]), addFile: () => Promise.resolve(), clear: () => Promise.resolve(), addAddress: (_, one) => Promise.resolve(void noted.push(one)) },
  });
  for (const type of ['classify', 'glance'] as const) {
    const short = (await all.handle({ type, url: ADDRESS, id: '1' }, PAGE)) as ClassifyResult;
    assert.deepEqual([short.scores.length, short.rest?.count, channelsOf(short).map(({ name }) => name)], [20, 30, scores.map(({ name }) => name)]);
    assert.ok(Math.abs(short.rest!.probability - 0.3) < 1e-9 && isClassifyReply(short), 'a reply');
    assert.equal(percentOfRest(short, 8, 'en'), percentOfRest(reply, 8, 'en'));
    assert.deepEqual(percentagesOf(short, 'en'), percentagesOf(reply, 'en').slice(0, 20));
  }
  assert.ok(noted.every((one) => one.ok && one.scores.length === 20), 'the history');
});
