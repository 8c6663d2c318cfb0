/** The file of channels: written and read again, and everything that may be wrong with one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readChannelFile, writeChannelFile } from '../../../extension/src/background/learning/channel-file.ts';
import { merge } from '../../../extension/src/background/learning/channel-merge.ts';
import { type ChannelRecord, type LearntState, NOTHING_LEARNT } from '../../../extension/src/background/learning/learnt-state.ts';
import { ClassifyError } from '../../../extension/src/shared/messages.ts';
import { examplesOf, idOf, placeOf, recordOf } from '../support/learning.ts';

const NOW = 10_000;
const CORRECTION = { picture: 'dQw4w9WgXcQ:main', place: placeOf(1, 1), fingerprint: 'f1', is: '', not: [idOf(1)], time: 500 };

function stateOf(records: ChannelRecord[], changes: Partial<LearntState> = {}): LearntState {
  return { ...NOTHING_LEARNT, channels: new Map(records.map((record) => [record.key, record])), ...changes };
}

const STATE = stateOf([recordOf(1, { browsed: { count: 3, total: Float64Array.from({ length: 8 }, (_, i) => i / 3) } }), recordOf(2)], { corrections: [CORRECTION] });
const TEXT = writeChannelFile(STATE, { [idOf(1)]: 'dim', other: 'hide' }, 'f1', '2026-11-30T04:00:00.000Z');

test('what was written is read, without a picture and without what is nobody’s', () => {
  const file = readChannelFile(TEXT, NOW);
  assert.deepEqual(file.channels, [...STATE.channels.values()]);
  assert.deepEqual(file.corrections, [CORRECTION]);
  assert.deepEqual(file.actions, { [idOf(1)]: 'dim' });
  assert.ok(!/data:|https?:/.test(TEXT), 'an address');
});

interface LooseChannel extends Record<string, unknown> {
  examples: { example: unknown; place: unknown }[];
  browsed: { count: unknown; total: unknown };
}

/** A file in which anything may stand. */
interface Loose extends Record<string, unknown> {
  schema?: unknown;
  channels?: LooseChannel[];
  corrections: Record<string, unknown>[];
  actions: Record<string, unknown>;
}

/** The file with something else in it. */
function changed(edit: (file: Loose) => void): string {
  const file = JSON.parse(TEXT) as Loose;
  edit(file);
  return JSON.stringify(file);
}

const WRONG: [string, string, RegExp][] = [
  ['nothing', '', /not JSON/],
  ['half a file', TEXT.slice(0, TEXT.length / 2), /not JSON/],
  ['deep lists', '['.repeat(1_000_000), /not JSON/],
  ['another kind', '{"schema":1,"kind":"settings"}', /kind/],
  ['a list', '[]', /kind/],
  ['no schema', changed((file) => delete file.schema), /schema is undefined/],
  ['an older schema', changed((file) => (file.schema = 0)), /schema 0 is not 1/],
  ['a newer schema', changed((file) => (file.schema = 2)), /newer Thumbprint/],
  ['no channels', changed((file) => delete file.channels), /channels is no list/],
  ['too many channels', changed((file) => (file.channels = Array<LooseChannel>(501).fill(null!))), /501 entries/],
  ['a channel of nothing', changed((file) => (file.channels![0] = null!)), /channels\[0\]/],
  ['a channel twice', changed((file) => file.channels!.push(file.channels![0]!)), /twice/],
  ['one channel under two keys', changed((file) => file.channels!.push({ ...file.channels![0]!, key: '@x' })), /twice/],
  ['a key of the model', changed((file) => (file.channels![0]!.key = 'red')), /key is "red"/],
  ['a wrong id', changed((file) => (file.channels![0]!.id = 'UC1')), /not a channel/],
  ['a name in two lines', changed((file) => (file.channels![0]!.name = 'a\nb')), /not a channel/],
  ['an endless name', changed((file) => (file.channels![0]!.name = 'a'.repeat(1e6))), /not a channel/],
  ['an example twice', changed((file) => (file.channels![0]!.examples[1]!.example = file.channels![0]!.examples[0]!.example)), /not a channel/],
  ['an example that is an address', changed((file) => (file.channels![0]!.examples[0]!.example = 'https://a/')), /not a channel/],
  ['too many examples', changed((file) => (file.channels![0]!.examples = Array<LooseChannel['examples'][number]>(201).fill(null!))), /201 entries/],
  ['a place that is no base64', changed((file) => (file.channels![0]!.examples[0]!.place = '§')), /expected base64/],
  ['places of two lengths', changed((file) => (file.channels![0]!.examples[0]!.place = 'AAAA')), /not a channel/],
  ['a huge place', changed((file) => (file.channels![0]!.examples[0]!.place = 'A'.repeat(4000))), /not a channel/],
  ['no time', changed((file) => (file.channels![0]!.time = 'now')), /not a channel/],
  ['a sum of nothing', changed((file) => (file.channels![0]!.browsed.count = 0)), /out of bounds|not a channel/],
  ['an endless sum', changed((file) => (file.channels![0]!.browsed.total = Buffer.from(new Float64Array(8).fill(1e300).buffer).toString('base64'))), /out of bounds/],
  ['a sum that is no number', changed((file) => (file.channels![0]!.browsed.total = Buffer.from(new Float64Array(8).fill(NaN).buffer).toString('base64'))), /out of bounds/],
  ['a wrong correction', changed((file) => (file.corrections[0]!.not = 'x')), /corrections\[0\]/],
  ['too many corrections', changed((file) => (file.corrections = Array<Record<string, unknown>>(2001).fill(null!))), /2001 entries/],
  ['an action for nobody', changed((file) => (file.actions.nobody = 'hide')), /no channel of the file/],
  ['an unknown action', changed((file) => (file.actions[idOf(1)] = 'explode')), /"explode"/],
  ['no actions', changed((file) => (file.actions = [] as never)), /actions/],
];

for (const [what, text, detail] of WRONG) {
  test(`${what}: refused, and said`, () => {
    assert.throws(() => readChannelFile(text, NOW), (error) => error instanceof ClassifyError && error.reason === 'bad-file' && detail.test(error.detail ?? '') && error.detail!.length < 300);
  });
}

test('a file damaged anywhere is read or refused', () => {
  let state = 22;
  const random = (most: number): number => (state = (state * 48271) % 2147483647) % most;
  for (let i = 0; i < 2000; i++) {
    const at = random(TEXT.length);
    const text = `${TEXT.slice(0, at)}${String.fromCharCode(32 + random(95))}${TEXT.slice(at + random(3))}`;
    try {
      merge(STATE, readChannelFile(text, NOW), 'f1');
    } catch (error) {
      assert.ok(error instanceof ClassifyError && error.reason === 'bad-file', `${i}: ${String(error)}`);
    }
  }
});

test('no change is from the future', () => {
  assert.equal(readChannelFile(changed((file) => (file.channels![0]!.time = 1e15)), NOW).channels[0]?.time, NOW);
});

/** How an own channel and that of a file come together: which kind, and whether the file's stays. */
function meet(own: Partial<ChannelRecord>, theirs: Partial<ChannelRecord>, fingerprint = 'f1'): [string, boolean] {
  const merged = merge(stateOf([recordOf(1, own)]), { channels: [recordOf(1, theirs)], corrections: [], actions: {} }, fingerprint);
  const kind = (['added', 'newer', 'conflicts', 'unchanged'] as const).filter((name) => merged[name] === 1).join();
  return [kind, merged.state.channels.get(idOf(1))?.name === 'Theirs'];
}

test('by channel, the newer one stays', () => {
  const [few, many] = [examplesOf(1, 6), examplesOf(1, 9)];
  const theirs = { name: 'Theirs' };
  assert.deepEqual(meet({}, {}), ['unchanged', false]);
  assert.deepEqual(meet({ examples: few }, { ...theirs, examples: many, time: 2000 }), ['newer', true]);
  assert.deepEqual(meet({ examples: many, time: 2000 }, { ...theirs, examples: few }), ['unchanged', false]);
  assert.deepEqual(meet({ examples: few.slice(1) }, { ...theirs, examples: many.slice(2), time: 2000 }), ['conflicts', true]);
  assert.deepEqual(meet({ examples: few, time: 2000 }, { ...theirs, examples: many.slice(1) }), ['conflicts', false]);
  assert.deepEqual(meet({ fingerprint: 'old', time: 2000 }, theirs), ['newer', true], 'what can be used comes first');
  assert.deepEqual(meet({}, { ...theirs, fingerprint: 'old', time: 2000 }), ['unchanged', false]);
});

test('a channel that is kept under another key here keeps it, and what is said of it follows', () => {
  const own = recordOf(1, { key: '@handle1', id: '' });
  const file = { channels: [recordOf(1, { time: 2000, examples: examplesOf(1, 9) })], corrections: [CORRECTION], actions: { [idOf(1)]: 'dim' as const } };
  const merged = merge(stateOf([own]), file, 'f1');
  assert.deepEqual([...merged.state.channels.keys()], ['@handle1']);
  assert.deepEqual(merged.state.corrections[0]?.not, ['@handle1']);
  assert.deepEqual(merged.actions, { '@handle1': 'dim' });
});

test('more than 500 channels are not taken', () => {
  const records = Array.from({ length: 500 }, (_, i) => recordOf(1, { key: `#${i}`, id: '', handle: '', name: `c${i}`, examples: [] }));
  const file = { channels: [recordOf(2)], corrections: [], actions: {} };
  assert.throws(() => merge(stateOf(records), file, 'f1'), (error) => error instanceof ClassifyError && error.reason === 'too-many');
});
