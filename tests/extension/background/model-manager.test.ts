/** Which model answers, and what installing another one or going back does; on the real WebAssembly backend. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { beforeEach, mock, test } from 'node:test';

import { memory } from '@tensorflow/tfjs-core';

import { Classifier } from '../../../extension/src/model/classifier.ts';
import type { ModelSource } from '../../../extension/src/model/model-files.ts';
import { ModelManager } from '../../../extension/src/background/model-manager.ts';
import type { ModelStore } from '../../../extension/src/background/model-store.ts';
import { describe, type Files, plain, sourceOf, tinyModel, toBytes } from '../support/tiny-model.ts';

const WASM = join(import.meta.dirname, '../../../extension/node_modules/@tensorflow/tfjs-backend-wasm/dist/');

let warnings: ReturnType<typeof mock.method>;

beforeEach((context) => {
  warnings = ('mock' in context ? context.mock : mock).method(console, 'warn', () => undefined);
});

/** The tiny model under another version. */
function version(name: string, unknown = false): Files {
  const files = tinyModel({ unknown });
  const description = JSON.parse(Buffer.from(files.get('metadata.json') ?? []).toString()) as object;
  return files.set('metadata.json', toBytes({ ...description, version: name }));
}

function buffers(files: Files): Map<string, ArrayBuffer> {
  return new Map([...files].map(([name, bytes]) => [name, bytes.slice().buffer]));
}

/** A store in memory, all or nothing as the real one. */
function storeOf(files: Files = new Map()): ModelStore & { names: () => string[] } {
  let stored = buffers(files);
  return {
    names: () => [...stored.keys()],
    read: (name) => Promise.resolve(stored.get(name) ?? null),
    replace: (fresh) => {
      stored = new Map(fresh);
      return Promise.resolve();
    },
    clear: () => {
      stored = new Map();
      return Promise.resolve();
    },
  };
}

interface World {
  readonly models: ModelManager;
  readonly store: ReturnType<typeof storeOf>;
  readonly loaded: Classifier[];
}

function world(packaged: Files, stored?: Files, changes: Partial<ModelStore> = {}): World {
  const store = { ...storeOf(stored), ...changes };
  const loaded: Classifier[] = [];
  const load = async (source: ModelSource): Promise<Classifier> => {
    const classifier = await Classifier.load(source, WASM);
    loaded.push(classifier);
    return classifier;
  };
  return { models: new ModelManager({ packaged: sourceOf(packaged), store, load }), store, loaded };
}

function versionOf(models: ModelManager): Promise<string> {
  return models.use(({ metadata }) => Promise.resolve(metadata.version));
}

/** Gives back what a world holds, so that tensors can be counted. */
function end({ loaded }: World): void {
  loaded.at(-1)?.dispose();
}

test('the packaged model answers where no other is stored', async () => {
  const here = world(version('packaged'));
  assert.equal((await here.models.metadata()).version, 'packaged');
  assert.deepEqual(here.loaded, []);
  assert.equal(await versionOf(here.models), 'packaged');
  const status = await here.models.status();
  assert.equal(status.origin, 'packaged');
  const bytes = [...version('packaged').values()].reduce((sum, { length }) => sum + length, 0);
  assert.equal(status.bytes, bytes);
  const description = JSON.parse(Buffer.from(version('packaged').get('metadata.json') ?? []).toString()) as object;
  assert.deepEqual(status.metadata, { ...description, normalisation: { applied_in: 'graph' } }, 'what is known of it');
  end(here);
});

test('many who ask at once load it once', async () => {
  const here = world(version('packaged'));
  await Promise.all([1, 2, 3].map(() => versionOf(here.models)));
  assert.equal(here.loaded.length, 1);
  end(here);
});

test('the stored model goes before the packaged one', async () => {
  const here = world(version('packaged'), version('stored'));
  assert.equal((await here.models.metadata()).version, 'stored');
  assert.equal(await versionOf(here.models), 'stored');
  assert.equal((await here.models.status()).origin, 'server');
  end(here);
});

test('a stored model that is damaged is dropped, and the packaged one answers', async () => {
  for (const damage of [
    (files: Files) => files.set('group1-shard2of2.bin', new Uint8Array(3)),
    (files: Files) => files.delete('group1-shard1of2.bin'),
    (files: Files) => files.set('metadata.json', toBytes({ schema: 1 })),
    (files: Files) => files.set('metadata.json', new Uint8Array([1, 2, 3])),
  ]) {
    const stored = version('stored');
    damage(stored);
    const here = world(version('packaged'), stored);
    await here.models.metadata(); // what it says may be of the damaged one, until the model is loaded
    assert.equal(await versionOf(here.models), 'packaged');
    assert.equal((await here.models.metadata()).version, 'packaged');
    assert.deepEqual(here.store.names(), []);
    end(here);
  }
  assert.equal(warnings.mock.callCount(), 4);
});

test('a store that cannot be opened leaves the packaged model, and is not emptied', async () => {
  let cleared = 0;
  const here = world(version('packaged'), new Map(), {
    read: () => Promise.reject(new Error('no databases in private windows')),
    clear: () => {
      cleared++;
      return Promise.resolve();
    },
  });
  assert.equal((await here.models.metadata()).version, 'packaged');
  assert.equal(await versionOf(here.models), 'packaged');
  assert.equal(cleared, 0);
  assert.equal(warnings.mock.callCount(), 1);
  end(here);
});

test('without any model the reason is told, and the next request tries again', async () => {
  const packaged: Files = new Map();
  const here = world(packaged);
  await assert.rejects(here.models.metadata(), { reason: 'model-missing' });
  await assert.rejects(versionOf(here.models), { reason: 'model-missing' });
  version('late').forEach((bytes, name) => packaged.set(name, bytes));
  assert.equal(await versionOf(here.models), 'late');
  end(here);
});

test('an installed model is stored and answers, in this life of the worker and the next', async () => {
  const here = world(version('packaged'));
  await versionOf(here.models);
  assert.equal(await here.models.install(buffers(version('fresh'))), 'fresh');
  assert.equal(await versionOf(here.models), 'fresh');
  assert.equal((await here.models.metadata()).version, 'fresh');
  assert.equal((await here.models.status()).origin, 'server');
  end(here);
  const next = new ModelManager({ packaged: sourceOf(new Map()), store: here.store, load: (source) => Classifier.load(source, WASM) });
  await next.use((classifier) => {
    assert.equal(classifier.metadata.version, 'fresh');
    classifier.dispose();
    return Promise.resolve();
  });
});

test('going back deletes the stored model', async () => {
  const here = world(version('packaged'), version('stored'));
  assert.equal(await versionOf(here.models), 'stored');
  assert.equal(await here.models.revert(), 'packaged');
  assert.equal(await versionOf(here.models), 'packaged');
  assert.deepEqual(here.store.names(), []);
  end(here);
});

test('nobody goes back to a packaged model that is not there', async () => {
  const here = world(new Map(), version('stored'));
  await assert.rejects(here.models.revert(), { reason: 'model-missing' });
  assert.equal(await versionOf(here.models), 'stored');
  assert.ok(here.store.names().includes('model.json'));
  end(here);
});

/** Matrices of the tiny model that make it useless; the softmax of NaN is NaN. */
function withMatrix(value: number): Files {
  const files = version('fresh');
  const names = ['group1-shard1of2.bin', 'group1-shard2of2.bin'] as const;
  const data = Buffer.concat(names.map((name) => files.get(name) ?? Buffer.of()));
  Array.from({ length: 9 }, (_, i) => data.writeFloatLE(value, 8 + 4 * i));
  files.set(names[0], Uint8Array.from(data.subarray(0, 7))).set(names[1], Uint8Array.from(data.subarray(7)));
  return describe(files);
}

/** The logits themselves as probabilities: finite, but of no sum. */
function withoutSoftmax(): Files {
  const files = version('fresh');
  const json = Buffer.from(files.get('model.json') ?? []).toString();
  files.set('model.json', new Uint8Array(Buffer.from(json.replace('"Softmax"', '"Relu"'))));
  return describe(files);
}

const REFUSED: [string, Files, RegExp][] = [
  ['a wrong checksum', version('fresh').set('group1-shard2of2.bin', new Uint8Array(3)), /does not match its checksum/],
  ['a graph that is none', describe(version('fresh').set('model.json', toBytes({}))), /not a graph model/],
  ['answers that are no numbers', withMatrix(NaN), /NaN/],
  ['answers that are no probabilities', withoutSoftmax(), /the probabilities of a sample are \[.*\], together \d/],
];

for (const [what, files, message] of REFUSED) {
  test(`a model with ${what} changes nothing`, async () => {
    const here = world(version('packaged'), version('stored'));
    await versionOf(here.models);
    const { numTensors } = memory();
    await assert.rejects(here.models.install(buffers(files)), message);
    assert.equal(memory().numTensors, numTensors);
    assert.equal(await versionOf(here.models), 'stored');
    assert.deepEqual(await here.store.read('metadata.json'), buffers(version('stored')).get('metadata.json'));
    here.loaded[0]?.dispose();
  });
}

test('a model that cannot be stored is not used', async () => {
  const here = world(version('packaged'), new Map(), { replace: () => Promise.reject(new Error('the disk is full')) });
  await versionOf(here.models);
  const { numTensors } = memory();
  await assert.rejects(here.models.install(buffers(version('fresh'))), /disk is full/);
  assert.equal(memory().numTensors, numTensors);
  assert.equal(await versionOf(here.models), 'packaged');
  here.loaded[0]?.dispose();
});

test('a model that knows the unknown is taken too', async () => {
  const here = world(version('packaged'));
  assert.equal(await here.models.install(buffers(version('fresh', true))), 'fresh');
  end(here);
});

test('swaps leave no tensors behind', async () => {
  const here = world(version('packaged'));
  await versionOf(here.models);
  const { numTensors } = memory();
  for (let i = 0; i < 5; i++) {
    await here.models.install(buffers(version(`fresh ${i}`)));
    await here.models.use((classifier) => classifier.classify(plain(1, 2, 3)));
    await here.models.revert();
  }
  assert.equal(memory().numTensors, numTensors);
  end(here);
});

test('the old model is whole until its last user is done', async () => {
  const here = world(version('packaged'));
  await versionOf(here.models);
  const { numTensors } = memory();
  let done = (): void => undefined;
  const held = new Promise<void>((end) => (done = end));
  const inUse = here.models.use(async (classifier) => {
    await held;
    return (await classifier.classify(plain(90, 0, 0))).probabilities[0];
  });
  await here.models.install(buffers(version('fresh')));
  assert.equal(await versionOf(here.models), 'fresh');
  assert.ok(memory().numTensors > numTensors);
  done();
  assert.ok(((await inUse) ?? 0) > 0.99);
  assert.equal(memory().numTensors, numTensors);
  end(here);
});

test('an installation while the first model is loaded wins', async () => {
  const here = world(version('packaged'), version('stored'));
  const { numTensors } = memory();
  const early = here.models.use((classifier) => classifier.classify(plain(90, 0, 0)));
  await here.models.install(buffers(version('fresh')));
  assert.ok(((await early).probabilities[0] ?? 0) > 0.99);
  assert.equal(await versionOf(here.models), 'fresh');
  const ofOneModel = memory().numTensors - numTensors;
  await here.models.use((classifier) => {
    classifier.dispose();
    return Promise.resolve();
  });
  assert.equal(memory().numTensors, numTensors);
  assert.ok(ofOneModel > 0);
});
