/**
 * Models that want to hurt who takes them: drawn from a seed, each refused with a reason, and the old one answers on.
 *
 * `npm run hostile-models` in extension/ tries 150 of them; COUNT and SEED choose others.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { Classifier } from '../../../extension/src/model/classifier.ts';
import { ModelManager } from '../../../extension/src/background/model-manager.ts';
import { ClassifyError } from '../../../extension/src/shared/messages.ts';
import { plain, sourceOf, tinyModel, type Files } from '../support/tiny-model.ts';

const WASM = new URL('../../../extension/node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/', import.meta.url).pathname;
const PATIENCE_MS = 1000;
const MAX_DETAIL = 400; // letters

type Json = Record<string, unknown>;
/** A number from 0 up to below another one. */
type Draw = (below: number) => number;
/** Spoils a model in place; what is written into `metadata` and `graph` is stored with the right checksums. */
type Spoil = (parts: Parts, draw: Draw) => void;

interface Parts {
  readonly metadata: Json;
  readonly graph: Json;
  readonly files: Files;
  /** The bytes of a file, in place of what is written above. */
  readonly raw: Map<string, Buffer>;
}

/** Small, and the same everywhere (mulberry32). */
export function drawing(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function pick<const T extends readonly unknown[]>(draw: Draw, ...all: T): T[number] {
  return all[draw(all.length)];
}

function nested(times: number): string {
  return `${'['.repeat(times)}${']'.repeat(times)}`;
}

const inChannel = (change: (draw: Draw) => Json): Spoil => ({ metadata }, draw) => {
  Object.assign(pick(draw, ...(metadata['channels'] as Json[])), change(draw));
};
const inMetadata = (change: (draw: Draw) => Json): Spoil => ({ metadata }, draw) => void Object.assign(metadata, change(draw));
const inPart = (part: string, change: (draw: Draw) => Json): Spoil => ({ metadata }, draw) => {
  Object.assign(metadata[part] as Json, change(draw));
};
const inGraph = (change: (draw: Draw) => Json): Spoil => ({ graph }, draw) => void Object.assign(graph, change(draw));
const inWeight = (change: (draw: Draw) => Json): Spoil => ({ graph }, draw) => {
  const [group] = graph['weightsManifest'] as { weights: Json[] }[];
  Object.assign(pick(draw, ...group!.weights), change(draw));
};
const inManifest = (change: (group: { paths: string[]; weights: Json[] }, draw: Draw) => void): Spoil => ({ graph }, draw) => {
  change((graph['weightsManifest'] as { paths: string[]; weights: Json[] }[])[0]!, draw);
};
const asBytes = (make: (draw: Draw, parts: Parts) => string | Buffer, name = 'metadata.json'): Spoil => (parts, draw) => {
  parts.raw.set(name, Buffer.from(make(draw, parts)));
};

const SIZES = [0, -1, 0.5, 1025, 20_000, 1e9, 2 ** 53, 1e308, '208', null, [208], {}];
const JUNK = [null, 7, '', [], {}, true, 'x'.repeat(1e6), [[['x']]]];
const MARKS = ['\n', '\0', '\u0007', '\u202e', '\u2067', '\u2028', '\ud800', '\u009b'];
const ADDRESSES = ['javascript:alert(1)', 'data:text/html,x', 'ftp://x.example/', 'https://', 'file:///etc/passwd', `https://x.example/${'a'.repeat(500)}`, 'x'.repeat(1e6), ' https://x.example/'];
const SHAPES = [[-1], [2 ** 31, 2 ** 31], [65_536, 65_536, 65_536], [1.5], [1e308, 1e308], ['2'], [null], Array<number>(9).fill(1), 'x', null, {}, [64_000_001], [[2]], [3, 4]];

export const SPOILS: Readonly<Record<string, Spoil>> = {
  'a height': inPart('input', (draw) => ({ height: pick(draw, ...SIZES) })),
  'a width': inPart('input', (draw) => ({ width: pick(draw, ...SIZES) })),
  'another filter': inPart('input', (draw) => ({ filter: pick(draw, ...JUNK) })),
  'no input': inMetadata((draw) => ({ input: pick(draw, null, [], 'x', 0) })),
  'a long name': inChannel((draw) => ({ name: 'n'.repeat(pick(draw, 101, 1e4, 1e6)) })),
  'a long display name': inChannel((draw) => ({ display_name: pick(draw, 'é', '🎨', 'x').repeat(pick(draw, 201, 1e5)) })),
  'a long handle': inChannel((draw) => ({ handle: '@'.repeat(pick(draw, 101, 1e6)) })),
  'marks in a name': inChannel((draw) => ({ [pick(draw, 'name', 'display_name', 'handle')]: `a${pick(draw, ...MARKS)}b` })),
  'an address': inChannel((draw) => ({ url: pick(draw, ...ADDRESSES) })),
  'a channel of another kind': inChannel((draw) => ({ [pick(draw, 'name', 'display_name')]: pick(draw, ...JUNK) })),
  'channels of another kind': inMetadata((draw) => ({ channels: pick(draw, ...JUNK) })),
  'many channels': ({ metadata }) => {
    metadata['channels'] = Array.from({ length: 20_001 }, (_, i) => ({ name: `c${i}`, display_name: 'C', handle: '', url: '' }));
  },
  'a channel too much': ({ metadata }) => {
    metadata['channels'] = [...(metadata['channels'] as Json[]), { name: 'one more', display_name: 'C', handle: '', url: '' }];
  },
  'a channel twice': ({ metadata }) => {
    metadata['channels'] = (metadata['channels'] as Json[]).map((one) => ({ ...one, name: 'same' }));
  },
  'a text of another kind': inMetadata((draw) => ({ [pick(draw, 'version', 'created', 'recipe', 'dtype')]: pick(draw, ...JUNK) })),
  'a long text': inMetadata((draw) => ({ [pick(draw, 'version', 'created', 'recipe', 'dtype')]: 'x'.repeat(pick(draw, 65, 1e6)) })),
  'another schema': inMetadata((draw) => ({ schema: pick(draw, ...JUNK) })),
  'a long curve': inPart('unknown', (draw) => ({ curve: Array(pick(draw, 1001, 50_000)).fill({ threshold: 0.5, known_recall: 0.5, false_known: 0.5 }) })),
  'a curve of another kind': inPart('unknown', (draw) => ({ curve: pick(draw, null, 'x', [null], [[]], [{}], {}) })),
  'a threshold of another kind': inPart('unknown', (draw) => ({ threshold: pick(draw, null, '0.5', [], {}, 'x'.repeat(1e6)) })),
  'many metrics': ({ metadata }) => {
    metadata['metrics'] = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`m${i}`, i]));
  },
  'a metric of another kind': inPart('metrics', (draw) => ({ ['k'.repeat(pick(draw, 1, 1e6))]: pick(draw, ...JUNK.filter((one) => one !== 7)) })),
  'many files': inMetadata(() => ({ files: Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`f${i}`, '0'.repeat(64)])) })),
  'a file elsewhere': inPart('files', (draw) => ({ [pick(draw, '../x', '/etc/passwd', 'a/b', 'x'.repeat(101), '', '..\\x')]: '0'.repeat(64) })),
  'a checksum of another kind': inPart('files', (draw) => ({ 'model.json': pick(draw, null, '', 'x', '0'.repeat(63), [], 'a'.repeat(1e6)) })),
  'a deep tree beside what is known': asBytes((draw, { metadata }) => `${JSON.stringify(metadata).slice(0, -1)},"extra":${nested(pick(draw, 41, 1e3, 1e6))}}`),
  'a deep tree alone': asBytes((draw) => nested(pick(draw, 100, 1e5, 3e6))),
  'a tree that never ends': asBytes((draw) => pick(draw, '[', '{"a":').repeat(pick(draw, 1e3, 5e5))),
  'nine megabytes': asBytes((draw, { metadata }) => JSON.stringify(metadata) + ' '.repeat(9 * 1024 * 1024 + draw(1000))),
  'half a description': asBytes((draw, { metadata }) => JSON.stringify(metadata).slice(0, 1 + draw(300))),
  'no text': asBytes((draw) => Buffer.from(Array.from({ length: 500 }, () => 128 + draw(128)))),
  'nothing': asBytes(() => ''),
  'a value alone': asBytes((draw) => pick(draw, 'null', '7', '"x"', 'true', '[]', '{}')),
  'no graph': inGraph((draw) => ({ modelTopology: pick(draw, ...JUNK) })),
  'an unknown operation': inGraph(() => ({ modelTopology: { node: [{ name: 'pixels', op: 'Placeholder' }, { name: 'Identity', op: 'NoSuchOperation', input: ['pixels'] }] } })),
  'a manifest of another kind': inGraph((draw) => ({ weightsManifest: pick(draw, null, {}, 'x', [null], [{}], [{ paths: 'x', weights: [] }], [{ paths: [1], weights: [] }]) })),
  'no signature': inGraph((draw) => ({ signature: pick(draw, ...JUNK) })),
  'a signature of another kind': inGraph((draw) => ({ signature: { inputs: pick(draw, null, [], { pixels: null }, { pixels: { name: 7 } }), outputs: pick(draw, null, {}) } })),
  'an output that is not there': ({ graph }) => void Object.assign(graph['signature'] as object, { outputs: { unknown: { name: 'x:0' }, probabilities: { name: 'nowhere:0' } } }),
  'a shape': inWeight((draw) => ({ shape: pick(draw, ...SHAPES) })),
  'a type of weights': inWeight((draw) => ({ dtype: pick(draw, 'float64', '__proto__', 'constructor', '', null, 'string', 'x'.repeat(1e6)) })),
  'a packing': inWeight((draw) => ({ packed: pick(draw, null, 7, {}, { bits: 3, axis: 0 }, { bits: 8, axis: -1 }, { bits: 16, axis: 1e9 }, { bits: '8', axis: '0' }) })),
  'a quantisation': inWeight((draw) => ({ quantization: pick(draw, 7, { dtype: 'x' }, { dtype: 'toString' }, { dtype: 'uint8' }) })),
  'a weight without a name': inWeight((draw) => ({ name: pick(draw, '', null, 7, 'x'.repeat(301)) })),
  'many weights': inManifest((group) => (group.weights = Array<Json>(10_001).fill({ name: 'w', dtype: 'float32', shape: [] }))),
  'weights that are nothing': inManifest((group, draw) => (group.weights[draw(group.weights.length)] = pick(draw, null, 7, 'x', []) as unknown as Json)),
  'a file of weights a thousand times': inManifest((group) => (group.paths = Array<string>(1000).fill(group.paths[0]!))),
  'a file of weights that is not listed': inManifest((group, draw) => (group.paths[0] = pick(draw, 'metadata.json', '../x', '', 'x.bin'))),
  'a deep graph': asBytes((draw) => `{"modelTopology":${nested(pick(draw, 41, 1e6))}}`, 'model.json'),
  'a graph that is no text': asBytes((draw) => Buffer.from(Array.from({ length: 500 }, () => draw(256))), 'model.json'),
  'nine megabytes of graph': asBytes((_, { graph }) => JSON.stringify(graph) + ' '.repeat(9 * 1024 * 1024), 'model.json'),
  'fewer weights': asBytes((draw, { files }) => Buffer.from(files.get(SHARD)!).subarray(0, draw(20)), 'group1-shard2of2.bin'),
  'more weights': asBytes((draw, { files }) => Buffer.concat([files.get(SHARD)!, Buffer.alloc(1 + draw(1e6))]), 'group1-shard2of2.bin'),
  'weights that are no numbers': asBytes((_, { files }) => Buffer.alloc(files.get(SHARD)!.length, 0xff), 'group1-shard2of2.bin'),
};

const SHARD = 'group1-shard2of2.bin';

/** A whole model, spoilt in one way. */
export function spoilt(spoil: Spoil, draw: Draw): Map<string, ArrayBuffer> {
  const files = tinyModel({ unknown: true });
  const read = (name: string): Json => JSON.parse(Buffer.from(files.get(name)!).toString()) as Json;
  const parts: Parts = { metadata: read('metadata.json'), graph: read('model.json'), files, raw: new Map() };
  spoil(parts, draw);
  const content = (name: string): Buffer => {
    const written = name === 'model.json' ? Buffer.from(JSON.stringify(parts.graph)) : Buffer.from(files.get(name)!);
    return parts.raw.get(name) ?? written;
  };
  const sums = parts.metadata['files'] as Json | undefined;
  const original = read('metadata.json')['files'] as Json;
  const result = new Map<string, ArrayBuffer>();
  for (const name of Object.keys(original)) {
    const bytes = content(name);
    result.set(name, new Uint8Array(bytes).buffer);
    // A checksum that was spoilt stays so.
    if (sums?.[name] === original[name]) Object.assign(sums ?? {}, { [name]: createHash('sha256').update(bytes).digest('hex') });
  }
  const description = parts.raw.get('metadata.json') ?? Buffer.from(JSON.stringify(parts.metadata));
  return result.set('metadata.json', new Uint8Array(description).buffer);
}

/** Offers so many models to an installation in use. Throws an AssertionError for one that is not refused as it should be. */
export async function offer(many: number, seed: number): Promise<{ slowest: number; reasons: Map<string, string> }> {
  const old = tinyModel();
  let stored = 0;
  const models = new ModelManager({
    packaged: sourceOf(old),
    store: {
      read: () => Promise.resolve(null),
      replace: () => {
        stored++;
        return Promise.resolve();
      },
      clear: () => Promise.resolve(),
    },
    load: (source) => Classifier.load(source, WASM),
  });
  const answer = (): Promise<readonly number[]> =>
    models.use(async (classifier) => (await classifier.classify(plain(200, 30, 30))).probabilities);
  const before = await answer();
  const reasons = new Map<string, string>();
  let slowest = 0;
  const draw = drawing(seed);
  const names = Object.keys(SPOILS);
  for (let i = 0; i < many; i++) {
    const name = names[i % names.length]!;
    const files = spoilt(SPOILS[name]!, draw);
    const began = performance.now();
    const error: unknown = await models.install(files).then(() => null, (reason: unknown) => reason);
    slowest = Math.max(slowest, performance.now() - began);
    const what = `${name} (number ${i} of seed ${seed})`;
    assert.ok(error instanceof ClassifyError, `${what} was not refused: ${String(error)}`);
    assert.equal(error.reason, 'model-broken', what);
    assert.ok(error.detail !== undefined && error.detail.length > 0 && error.detail.length <= MAX_DETAIL, what);
    assert.ok(slowest < PATIENCE_MS, `${what} took ${Math.round(slowest)} ms`);
    assert.deepEqual(await answer(), before, `${what}: the old model answers on`);
    reasons.set(what, error.detail);
  }
  assert.equal(stored, 0, 'nothing was stored');
  assert.equal((await models.status()).origin, 'packaged');
  return { slowest, reasons };
}
