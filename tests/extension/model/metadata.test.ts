import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { MetadataError } from '../../../extension/src/model/fields.ts';
import { parseMetadata, readMetadata } from '../../../extension/src/model/metadata.ts';
import { heatJson, metadataJson, UNKNOWN } from '../support/tiny-model.ts';

test('reads a description', () => {
  const metadata = parseMetadata(metadataJson(true));
  assert.deepEqual(
    metadata.channels.map(({ name, displayName, handle, url }) => [name, displayName, handle, url]),
    [
      ['red', 'RED', '@red', ''],
      ['green', 'GREEN', '@green', ''],
    ],
  );
  assert.deepEqual(metadata.input, { height: 2, width: 3, fit: 'stretch' });
  assert.deepEqual(metadata.outputs, { probabilities: 'probabilities', unknown: 'unknown' });
  assert.deepEqual(metadata.unknown, {
    threshold: 0.5,
    lookalikeThreshold: 0.3,
    auroc: 0.9,
    knownRecall: 0.95,
    falseKnown: 0.2,
    drawn: false,
    curve: [
      { threshold: 0.1, knownRecall: 0.5, falseKnown: 0 },
      { threshold: 0.5, knownRecall: 0.95, falseKnown: 0.2 },
    ],
  });
  assert.deepEqual([...metadata.files], [['model.json', '0'.repeat(64)]]);
});

test('reads a description without a threshold of look-alikes: of no strangers, or of an earlier Thumbprint', () => {
  for (const lookalike of [null, undefined]) {
    const unknown = { ...UNKNOWN, lookalike_threshold: lookalike };
    const { metadata, description } = readMetadata({ ...metadataJson(true), unknown });
    assert.equal(metadata.unknown?.lookalikeThreshold, null);
    assert.equal((description as { unknown: typeof unknown }).unknown.lookalike_threshold, lookalike, 'kept as it was');
  }
});

test('reads a description without the unknown and with padding', () => {
  const json = metadataJson();
  json['input'] = { ...(json['input'] as object), fit: 'pad' };
  const metadata = parseMetadata(json);
  assert.equal(metadata.unknown, null);
  assert.equal(metadata.outputs.unknown, null);
  assert.equal(metadata.input.fit, 'pad');
});

const GATE = { gate_kernel: 'g', gate_bias: 'h', photo_kernel: 'p', photo_bias: 'q' };

test('reads what a model is explained with, and nothing where it is not', () => {
  const { metadata, description } = readMetadata({ ...metadataJson(), heat: heatJson() });
  assert.deepEqual(metadata.heat, {
    output: 'features',
    taps: [{ output: 'tap_00', height: 2, width: 3, channels: 3, typical: [0.5, 0.5, 0.5] }],
    head: { kernel: 'kernel', bias: 'bias', gate: null },
  });
  assert.deepEqual((description as { heat: unknown }).heat, heatJson());
  const gated = parseMetadata({ ...metadataJson(), heat: { ...heatJson(), head: { kernel: 'k', bias: 'b', ...GATE } } });
  assert.deepEqual(gated.heat?.head?.gate, { kernel: 'g', bias: 'h', photoKernel: 'p', photoBias: 'q' });
  assert.equal(parseMetadata(metadataJson()).heat, null);
  assert.equal(parseMetadata({ ...metadataJson(), heat: null }).heat, null);
});

/** The description with one field of `heat`, or of its only tap, replaced. */
function heated(change: object, tap: object = {}): unknown {
  const heat = heatJson();
  return { ...metadataJson(), heat: { ...heat, taps: [{ ...(heat['taps'] as object[])[0], ...tap }], ...change } };
}

/** The description with one field replaced; `path` as in `input.height`. */
function changed(path: string, value: unknown): unknown {
  const json = metadataJson();
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Record<string, unknown>>((object, key) => object[key] as Record<string, unknown>, json);
  parent[last] = value;
  return json;
}

const CHANNEL = { name: 'red', display_name: 'Red', handle: '', url: '' };

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const REFUSED: [string, unknown, RegExp][] = [
  ['no object', null, /^metadata\.json is not an object$/],
  ['a list', [], /^metadata\.json is not an object$/],
  ['an older schema', changed('schema', 1), /^metadata\.json: schema 1 is not 3$/],
  ['a schema in quotes', changed('schema', '2'), /schema "2" is not 3/],
  ['an empty version', changed('version', ''), /version is "", expected text/],
  ['demo as text', changed('demo', 'no'), /demo is "no", expected true or false/],
  ['a missing recipe', changed('recipe', undefined), /recipe is missing, expected text/],
  ['no channels', changed('channels', []), /channels is empty/],
  ['channels that are no list', changed('channels', {}), /channels is \{\}, expected a list/],
  ['a channel without a name', changed('channels', [{ ...CHANNEL, name: 1 }]), /channels\[0\]: name is 1, expected text/],
  ['a channel twice', changed('channels', [CHANNEL, CHANNEL]), /a channel twice/],
  ['a height of zero', changed('input.height', 0), /input: height is 0, expected a size in pixels/],
  ['half a pixel', changed('input.width', 1.5), /input: width is 1\.5, expected a size in pixels/],
  ['another fit', changed('input.fit', 'crop'), /fit is "crop", expected "stretch"/],
  ['another crop', changed('input.crop', 'centre'), /crop is "centre", expected "baked-bars"/],
  ['another filter', changed('input.filter', 'nearest'), /filter is "nearest", expected "triangle"/],
  ['normalisation outside', changed('normalisation.applied_in', 'page'), /applied_in is "page", expected "graph"/],
  ['a nameless output', changed('outputs.probabilities', null), /probabilities is null, and not both/],
  ['a threshold without an output', changed('unknown', UNKNOWN), /must both be null or both be set/],
  ['an output without a threshold', changed('outputs.unknown', 'unknown'), /must both be null or both be set/],
  ['a threshold that is no number', changed('unknown', { ...UNKNOWN, threshold: null }), /threshold is null, expected a number/],
  ['a threshold of look-alikes in words', changed('unknown', { ...UNKNOWN, lookalike_threshold: 'low' }), /lookalike_threshold is "low", expected a number/],
  ['a curve that is none', changed('unknown', { ...UNKNOWN, curve: [{ threshold: 1 }] }), /curve\[0\]: known_recall is missing/],
  ['a metric that is no number', changed('metrics.accuracy', 'good'), /metrics: accuracy is "good", expected a number/],
  ['a file outside', changed('files', { '../x.bin': '0'.repeat(64) }), /files: \.\.\/x\.bin is .*expected a file name/],
  ['a short checksum', changed('files', { 'model.json': '00' }), /model\.json is "00", expected a file name/],
  ['files without the graph', changed('files', { 'x.bin': '0'.repeat(64) }), /does not list model\.json/],
  ['a picture of a minute', changed('input.height', 20_000), /height is 20000, expected a size in pixels, at most 1024$/],
  ['a name of a megabyte', changed('version', 'x'.repeat(1e6)), /^metadata\.json: version is "x{60}…", expected text of at most 64 letters$/],
  ['a key of a megabyte', changed('metrics', { ['x'.repeat(1e6)]: 'y'.repeat(1e6) }), /^metadata\.json: metrics: x{60}… is "y{60}…", expected a number$/],
  ['too many channels', changed('channels', times(20_001, (i) => ({ ...CHANNEL, name: `c${i}` }))), /channels has 20001 entries, more than 20000$/],
  ['a long curve', changed('unknown', { ...UNKNOWN, curve: times(1001, () => UNKNOWN.curve[0]) }), /curve has 1001 entries, more than 1000$/],
  ['many metrics', changed('metrics', Object.fromEntries(times(51, (i) => [`m${i}`, 1]))), /metrics has 51 entries, more than 50$/],
  ['many files', changed('files', Object.fromEntries(times(101, (i) => [`f${i}`, '0'.repeat(64)]))), /files has 101 entries, more than 100$/],
  ['a long name of a file', changed('files', { ['f'.repeat(101)]: '0'.repeat(64) }), /expected a file name/],
  ['a tree where a text should be', changed('recipe', [[[['x'.repeat(1e6)]]]]), /recipe is \[…\], expected text/],
  ['heat in words', { ...metadataJson(), heat: 'much' }, /heat is not an object$/],
  ['heat without a head', heated({ head: null }), /heat has a head, or there are channels, and not both$/],
  ['half a gate', heated({ head: { kernel: 'k', bias: 'b', gate_kernel: 'g' } }), /head: gate_bias is missing/],
  ['a tap that is larger than the picture', heated({}, { height: 3 }), /heat does not go with input and channels$/],
  ['a tap that knows other channels', heated({}, { typical: [1] }), /heat does not go with input and channels$/],
  ['a tap of words', heated({}, { typical: ['a', 1, 2] }), /typical is \[…\], expected a list of at most 20000 numbers$/],
  ['many taps', heated({ taps: times(51, () => ({})) }), /taps has 51 entries, more than 50$/],
  ['heat where pictures are padded', { ...(heated({}) as object), input: { ...(metadataJson()['input'] as object), fit: 'pad' } }, /heat does not go with input/],
  ['an inherited field', Object.create(metadataJson()) as unknown, /schema undefined is not 3/],
];

for (const [what, json, message] of REFUSED) {
  test(`refuses ${what}`, () => {
    assert.throws(() => parseMetadata(json), (error) => error instanceof MetadataError && message.test(error.message));
  });
}

interface Bound {
  readonly what: string;
  readonly ok: boolean;
  readonly channel: Record<string, string>;
}

const bounds = JSON.parse(readFileSync(new URL('../../fixtures/channel_bounds.json', import.meta.url), 'utf8')) as Bound[];

for (const { what, ok, channel } of bounds) {
  test(`a channel is ${ok ? 'taken' : 'refused'}, as in Python: ${what}`, () => {
    const read = (): unknown => parseMetadata(changed('channels', [channel]));
    if (ok) {
      assert.doesNotThrow(read);
    } else {
      assert.throws(read, (error) => error instanceof MetadataError && error.message.length < 200);
    }
  });
}

test('keeps no key that nobody knows, wherever it is', () => {
  const json = changed('extra', { deep: [[[['tree']]]] }) as Record<string, Record<string, unknown>>;
  json['input']!['extra'] = 'more';
  json['metrics'] = JSON.parse('{"__proto__": 1, "macro_f1": 0.9}') as Record<string, unknown>;
  const { description } = readMetadata(json);
  const expected = { ...metadataJson(), metrics: json['metrics'], normalisation: { applied_in: 'graph' } };
  assert.deepEqual(JSON.parse(JSON.stringify(description)), JSON.parse(JSON.stringify(expected)));
  assert.deepEqual(parseMetadata(description), parseMetadata(json));
});
