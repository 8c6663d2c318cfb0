/** The file in which learnt channels are carried: JSON, with places as text and no picture. Whatever a file holds, it is checked. */

import { fromBase64, toBase64 } from '../../shared/base64.ts';
import type { RunningSum } from '../../model/channel-fit.ts';
import type { Place } from '../../model/style-prior.ts';
import { MOST_CHANNELS, MOST_EXAMPLES } from '../../shared/learning.ts';
import { ClassifyError, isObject, messageOf } from '../../shared/messages.ts';
import type { Action } from '../../shared/settings.ts';
import { LEARNT_KEY } from './learning-fields.ts';
import { isAction, isCorrection, isRecord } from './learnt-records.ts';
import { type ChannelRecord, type Correction, findChannel, type LearntState, MOST_CORRECTIONS } from './learnt-state.ts';

export const SCHEMA = 1;
const KIND = 'thumbprint-channels';
const MAX_TEXT = 60_000_000; // letters: 500 channels of 200 examples have 40 million
const MAX_SHOWN = 60;
const MAX_SUM = 1e6; // of a component, for each thumbnail

export interface ChannelFile {
  readonly channels: readonly ChannelRecord[];
  readonly corrections: readonly Correction[];
  readonly actions: Readonly<Record<string, Action>>;
}

/** The text of a file with all that was learnt; `exported` as in `Date.toISOString`. */
export function writeChannelFile(
  { channels, corrections }: LearntState,
  actions: Readonly<Record<string, Action>>,
  fingerprint: string,
  exported: string,
): string {
  const own = Object.entries(actions).filter(([key]) => channels.has(key));
  return JSON.stringify({
    schema: SCHEMA,
    kind: KIND,
    fingerprint,
    exported,
    channels: Array.from(channels.values(), writeRecord),
    corrections: corrections.map(({ place, ...correction }) => ({ ...correction, place: place === null ? null : toBase64(place) })),
    actions: Object.fromEntries(own),
  });
}

function writeRecord({ key, id, handle, name, fingerprint, time, examples, browsed }: ChannelRecord): unknown {
  const places = examples.map(({ example, place }) => ({ example, place: toBase64(place) }));
  return { key, id, handle, name, fingerprint, time, examples: places, browsed: browsed === null ? null : writeSum(browsed) };
}

function writeSum({ count, total }: RunningSum): unknown {
  return { count, total: toBase64(new Uint8Array(Float64Array.from(total).buffer)) };
}

/** Reads a file. Throws a ClassifyError (bad-file) that says what is wrong; `now`: no change is later. */
export function readChannelFile(text: string, now: number): ChannelFile {
  check(text.length <= MAX_TEXT, `it has ${text.length} letters, more than ${MAX_TEXT}`);
  const file = parse(text);
  check(isObject(file) && file['kind'] === KIND, `kind is not ${KIND}`);
  const { schema } = file;
  check(Number.isInteger(schema), `schema is ${shown(schema)}, not a number`);
  check((schema as number) <= SCHEMA, `schema ${shown(schema)} is of a newer Thumbprint: update the extension`);
  check(schema === SCHEMA, `schema ${shown(schema)} is not ${SCHEMA}`);
  const channels = list(file, 'channels', MOST_CHANNELS).map((value, i) => readRecord(value, `channels[${i}]`, now));
  const corrections = list(file, 'corrections', MOST_CORRECTIONS).map((value, i) => readCorrection(value, `corrections[${i}]`, now));
  checkDifferent(channels);
  return { channels, corrections, actions: readActions(file['actions'], channels) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad(`it is not JSON: ${messageOf(error)}`);
  }
}

function list(file: Record<string, unknown>, field: string, most: number): unknown[] {
  const value = file[field];
  check(Array.isArray(value), `${field} is no list`);
  check(value.length <= most, `${field} has ${value.length} entries, more than ${most}`);
  return value;
}

function readRecord(value: unknown, where: string, now: number): ChannelRecord {
  check(isObject(value), `${where} is no object`);
  const { key, id, handle, name, fingerprint, time } = value;
  check(typeof key === 'string' && LEARNT_KEY.test(key), `${where}: key is ${shown(key)}`);
  const examples = list(value, 'examples', MOST_EXAMPLES).map((entry, i) => {
    const { example, place } = isObject(entry) ? entry : {};
    return { example, place: readPlace(place, `${where}: examples[${i}]`) };
  });
  const browsed = value['browsed'] === null ? null : readSum(value['browsed'], where);
  const like = { prior: '', classes: [] };
  const record: unknown = { key, id, handle, name, fingerprint, examples, like, browsed, time: earlier(time, now) };
  check(isRecord(record), `${where} (${shown(name)}) is not a channel: a field is missing, twice there or out of bounds`);
  return record;
}

function readPlace(value: unknown, where: string): Place {
  const bytes = typeof value === 'string' ? fromBase64(value) : null;
  check(bytes !== null, `${where}: place is ${shown(value)}, expected base64`);
  return new Int8Array(bytes.buffer);
}

function readSum(value: unknown, where: string): RunningSum {
  const { count, total } = isObject(value) ? value : {};
  const bytes = typeof total === 'string' ? fromBase64(total) : null;
  check(typeof count === 'number' && bytes !== null && bytes.length % 8 === 0, `${where}: browsed is not a sum`);
  const sums = new Float64Array(bytes.buffer);
  check(sums.every((sum) => Math.abs(sum) <= MAX_SUM * count), `${where}: browsed is out of bounds`);
  return { count, total: sums };
}

function readCorrection(value: unknown, where: string, now: number): Correction {
  check(isObject(value), `${where} is no object`);
  const { picture, fingerprint, is, not, time } = value;
  const place = value['place'] === null ? null : readPlace(value['place'], where);
  const correction: unknown = { picture, place, fingerprint, is, not, time: earlier(time, now) };
  check(isCorrection(correction), `${where} is not a correction: a field is missing or out of bounds`);
  return correction;
}

function earlier(time: unknown, now: number): unknown {
  return typeof time === 'number' ? Math.min(time, now) : time;
}

function checkDifferent(channels: readonly ChannelRecord[]): void {
  const seen = new Map<string, ChannelRecord>();
  for (const channel of channels) {
    check(!seen.has(channel.key) && findChannel(seen, channel) === null, `channels names ${shown(channel.name)} twice`);
    seen.set(channel.key, channel);
  }
}

function readActions(value: unknown, channels: readonly ChannelRecord[]): Readonly<Record<string, Action>> {
  check(isObject(value), 'actions is no object');
  return Object.fromEntries(
    Object.entries(value).map(([key, action]) => {
      check(channels.some((channel) => channel.key === key), `actions names ${shown(key)}, which is no channel of the file`);
      check(isAction(action), `actions: ${shown(key)} is ${shown(action)}`);
      return [key, action];
    }),
  );
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : Array.isArray(value) ? 'a list' : isObject(value) ? 'an object' : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) {
    throw bad(what);
  }
}

function bad(what: string): ClassifyError {
  return new ClassifyError('bad-file', what);
}
