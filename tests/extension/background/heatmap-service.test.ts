/** Heat is computed with the model; of one that cannot, the local server is asked: what it is sent, and what it may answer. */
import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener } from 'node:http';
import { after, before, beforeEach, mock, test } from 'node:test';

import { HeatmapService, type Dependencies } from '../../../extension/src/background/heatmap-service.ts';
import { permittedSource } from '../../../extension/src/background/image-source.ts';
import type { Classifier } from '../../../extension/src/model/classifier.ts';
import type { Target } from '../../../extension/src/model/explainer.ts';
import type { Picture } from '../../../extension/src/model/pixels.ts';
import { ClassifyError, type Reason } from '../../../extension/src/shared/messages.ts';
import { BOUNDS, type HeatmapRequestOptions } from '../../../extension/src/heatmap/fetch.ts';
import { isHeatmapReply } from '../../../extension/src/heatmap/heatmap.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../extension/src/shared/settings.ts';
import { listen, type Loopback, nobody } from '../support/loopback.ts';

const ADDRESS = 'https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg';
const PATH = '/saliency?method=gradcam&channel=a+%26+b';
const CHANNEL = 'a & b';
const ANSWER = { channel: CHANNEL, method: 'gradcam', grid: [[0, 1]], box: [0, 45, 480, 315], size: [480, 360] };
const PICTURE = 'the bytes of a picture';

let server: Loopback;
const fetched: string[] = [];

before(async () => {
  server = await listen();
});

beforeEach((context) => {
  ('mock' in context ? context.mock : mock).method(console, 'error', () => undefined);
  server.asked.length = asked.length = fetched.length = 0;
});

after(() => server.close());

/** What a model would compute: of the target it is asked about, in the last of four cells. */
const asked: Target[] = [];

function modelOf({ heat = true, answers = true }): Dependencies['models'] {
  const classifier = {
    metadata: { channels: [{ name: 'red' }, { name: CHANNEL }], heat: heat ? {} : null },
    explain: (picture: Picture, target: Target) => {
      asked.push(target);
      const box = { left: 0, top: 1, right: picture.width, bottom: picture.height - 1 };
      return answers ? { cells: Float32Array.of(0, 0, 0.5, 1), grid: { width: 2, height: 2 }, picture, box } : null;
    },
  };
  return { use: (task) => task(classifier as unknown as Classifier, 'packaged') };
}

const DECODED: Picture = { width: 120, height: 90, data: new Uint8Array(120 * 90 * 4).fill(255) };

interface Changes {
  readonly models?: Dependencies['models'];
  readonly kernels?: Record<string, Float64Array>;
  readonly picture?: Picture;
  readonly origin?: string;
  readonly settings?: Partial<Settings>;
  readonly options?: HeatmapRequestOptions;
  readonly fetchPicture?: Dependencies['fetchPicture'];
}

/** Of a model that cannot explain itself, unless another is given. */
function service(changes: Changes = {}): HeatmapService {
  const { origin = server.origin, settings = {}, options = BOUNDS, fetchPicture } = changes;
  const { models = modelOf({ heat: false }), kernels = {}, picture = { ...DECODED, width: 320, height: 180 } } = changes;
  const permissions = {
    settings: () => Promise.resolve({ ...DEFAULT_SETTINGS, ...settings }),
    checkAllowed: ({ url }: { url: string }) =>
      url.startsWith('https://cdn.example/') ? Promise.resolve() : Promise.reject(new ClassifyError('not-allowed', new URL(url).host)),
  };
  const fetchAny: Dependencies['fetchPicture'] = ({ url }) => {
    fetched.push(url);
    return Promise.resolve(new Blob([PICTURE], { type: 'image/jpeg' }));
  };
  return new HeatmapService(
    {
      models,
      learnt: { kernelOf: (key) => Promise.resolve(kernels[key] ?? null) },
      decode: () => Promise.resolve(picture),
      server: () => Promise.resolve(origin),
      sourceOf: (address) => permittedSource(address, permissions),
      fetchPicture: fetchPicture ?? fetchAny,
    },
    options,
  );
}

function ask(changes: Changes = {}, address = ADDRESS, channel = CHANNEL, signal = new AbortController().signal): ReturnType<HeatmapService['heatmap']> {
  return service(changes).heatmap(address, channel, signal);
}

function json(value: unknown, status = 200): RequestListener {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const OWN = { models: modelOf({}) };

test('a model that can is explained here, and nobody is asked', async () => {
  const heat = await ask(OWN);
  const place = { width: 2, height: 2, box: [0, 1, 320, 179], size: [320, 180] };
  assert.deepEqual(heat, { ok: true, channel: CHANNEL, grid: 'AACA/w==', ...place });
  assert.ok(isHeatmapReply(JSON.parse(JSON.stringify(heat))), 'a page takes it');
  assert.deepEqual([asked, fetched, server.asked], [[{ channel: 1 }], [ADDRESS], []]);
});

test('a channel that was learnt here is asked about by its kernel, but what was trained comes first', async () => {
  const kernel = Float64Array.of(1, 2);
  const kernels = { UClearnt: kernel, red: kernel };
  assert.ok((await ask({ ...OWN, kernels }, ADDRESS, 'UClearnt')).ok);
  assert.ok((await ask({ ...OWN, kernels }, ADDRESS, 'red')).ok);
  assert.deepEqual(asked, [{ kernel }, { channel: 0 }]);
});

test('a channel that is known no more, and a model that went meanwhile, are gone', async () => {
  assert.deepEqual(await ask(OWN, ADDRESS, 'UCforgotten'), { ok: false, reason: 'gone' });
  assert.deepEqual(await ask({ models: modelOf({ answers: false }) }), { ok: false, reason: 'gone' });
});

test("YouTube's stand-in for a thumbnail is not explained", async () => {
  assert.deepEqual(await ask({ ...OWN, picture: DECODED }), { ok: false, reason: 'placeholder' });
  assert.deepEqual(asked, []);
});

test('who no longer waits when the picture is there has nothing computed', async () => {
  const leaving = new AbortController();
  const fetchPicture = (): Promise<Blob> => {
    leaving.abort(new ClassifyError('cancelled'));
    return Promise.resolve(new Blob([PICTURE]));
  };
  assert.deepEqual(await ask({ ...OWN, fetchPicture }, ADDRESS, CHANNEL, leaving.signal), { ok: false, reason: 'cancelled' });
  assert.deepEqual(asked, []);
});

test('the server is sent the bytes and the channel, and nothing else', async () => {
  let seen: unknown;
  const listener = async (...[request, response]: Parameters<RequestListener>): Promise<void> => {
    const { accept, cookie, referer, 'content-type': type } = request.headers;
    seen = { body: await bodyOf(request), accept, cookie, referer, type };
    json(ANSWER)(request, response);
  };
  server.routes = { [PATH]: (request, response) => void listener(request, response) };
  const heat = await ask();
  assert.deepEqual(heat, { ok: true, channel: CHANNEL, grid: 'AP8=', width: 2, height: 1, box: ANSWER.box, size: ANSWER.size });
  assert.deepEqual(seen, { body: PICTURE, accept: 'application/json', cookie: undefined, referer: undefined, type: undefined });
  assert.deepEqual(server.asked, [`POST ${PATH}`]);
  assert.deepEqual(fetched, [ADDRESS]);
});

test('without a server nobody is asked, and nothing is fetched', async () => {
  assert.deepEqual(await ask({ origin: '' }), { ok: false, reason: 'server-unset' });
  assert.deepEqual([server.asked, fetched], [[], []]);
});

test('only pictures that may be classified are explained', async () => {
  server.routes = { [PATH]: json(ANSWER) };
  const refused: [string, Partial<Settings>, Reason][] = [
    ['https://cdn.example/a.png', {}, 'not-a-thumbnail'],
    ['https://other.example/a.png', { anyPicture: true }, 'not-allowed'],
    ['http://127.0.0.1/a.png', { anyPicture: true }, 'not-a-thumbnail'],
    ['file:///etc/passwd', { anyPicture: true }, 'not-a-thumbnail'],
  ];
  for (const [address, settings, reason] of refused) {
    const reply = await ask({ settings }, address);
    assert.ok(!reply.ok && reply.reason === reason, `${address}: ${JSON.stringify(reply)}`);
  }
  assert.ok(!(await ask({}, ADDRESS, 'a'.repeat(201))).ok);
  assert.ok(!(await ask(OWN, 'file:///etc/passwd')).ok);
  assert.deepEqual([server.asked, fetched, asked], [[], [], []]);
  assert.ok((await ask({ settings: { anyPicture: true } }, 'https://cdn.example/a.png')).ok);
});

test('a server that does not run is down', async () => {
  const reply = await ask({ origin: await nobody() });
  assert.ok(!reply.ok && reply.reason === 'server-down', JSON.stringify(reply));
});

const SMALL: HeatmapRequestOptions = { ...BOUNDS, maxBytes: 1000, timeoutMs: 300 };

const ANSWERS: [string, RequestListener, Reason, RegExp][] = [
  [
    'says what is wrong',
    json({ error: { status: 400, kind: 'bad-request', message: 'channel ‘a’: not one of the run’s' } }, 400),
    'server',
    /^channel ‘a’: not one of the run’s$/,
  ],
  ['says much of what is wrong', json({ error: { message: 'x'.repeat(1000) } }, 400), 'server', /^x{200}$/],
  ['says nothing of what is wrong', json('no', 503), 'server', /^HTTP 503$/],
  ['fails without words', (_, response) => response.writeHead(500).end('<h1>Oops'), 'server', /^HTTP 500$/],
  ['fails with a flood', (_, response) => response.writeHead(500).end('x'.repeat(20_000)), 'server', / bytes$/],
  ['draws instead', (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('PNG'), 'server', /^image\/png$/],
  ['does not say what it sends', (_, response) => response.writeHead(200).end('{}'), 'server', /^\?$/],
  ['sends another heat', json({ ...ANSWER, channel: 'c' }), 'server', /^heat: another channel$/],
  ['sends too much', json({ ...ANSWER, more: 'x'.repeat(2000) }), 'server', / bytes$/],
  ['sends elsewhere', (_, response) => response.writeHead(307, { location: '/other' }).end(), 'server-down', /./],
  ['never answers', () => undefined, 'server', /^0\.3 s$/],
  [
    'stops in the middle',
    (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{', () => response.destroy()),
    'server',
    /./,
  ],
];

for (const [what, answer, reason, detail] of ANSWERS) {
  test(`a server that ${what} is told of`, async () => {
    server.routes = { [PATH]: answer, '/other': json(ANSWER) };
    const reply = await ask({ options: what === 'never answers' ? SMALL : { ...SMALL, timeoutMs: 10_000 } });
    assert.ok(!reply.ok && reply.reason === reason, JSON.stringify(reply));
    assert.match(reply.detail ?? '', detail);
  });
}

test('who no longer waits ends the question, also while it is at the server', async () => {
  const leaving = new AbortController();
  server.routes = { [PATH]: () => leaving.abort(new ClassifyError('cancelled')) };
  assert.deepEqual(await ask({}, ADDRESS, CHANNEL, leaving.signal), { ok: false, reason: 'cancelled' });
});

for (const [where, models] of [['here', modelOf({})], ['by the server', modelOf({ heat: false })]] as const) test(`one picture at a time is explained ${where}`, async () => {
  let running = 0;
  let most = 0;
  const fetchPicture = async (): Promise<Blob> => {
    most = Math.max(most, ++running);
    await new Promise((done) => setImmediate(done));
    running--;
    return new Blob([PICTURE]);
  };
  server.routes = { [PATH]: json(ANSWER) };
  const shared = service({ fetchPicture, models });
  const replies = await Promise.all([1, 2, 3].map(() => shared.heatmap(ADDRESS, CHANNEL, new AbortController().signal)));
  assert.ok(replies.every(({ ok }) => ok));
  assert.equal(most, 1);
});
