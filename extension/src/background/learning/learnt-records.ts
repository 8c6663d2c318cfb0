/** What is read from the database: checked, because it may be damaged, or of another Thumbprint. */

import type { ChannelHead, RunningSum } from '../../model/channel-fit.ts';
import { MAX_COMPONENTS } from '../../model/metadata.ts';
import type { Place } from '../../model/style-prior.ts';
import { MOST_CHANNELS, MOST_EXAMPLES } from '../../shared/learning.ts';
import { isObject } from '../../shared/messages.ts';
import { ACTIONS, type Action } from '../../shared/settings.ts';
import { isExample, isIdentity, isKey, MAX_TOKEN } from './learning-fields.ts';
import {
  type ChannelRecord,
  type Correction,
  type LearntExample,
  type LearntState,
  MOST_CORRECTIONS,
  MOST_DONE,
  MOST_FORGOTTEN,
  MOST_NOT,
  NOTHING_LEARNT,
  type OthersSum,
  type StoredHead,
  type Undo,
} from './learnt-state.ts';

const MOST_CLASSES = 10_000; // of a prior, and of a head
const MOST_POINTS = 1000; // of a curve
const MOST_BROWSED = 1_000_000;

/** As the database gives it: records under their keys, and what else there is under its name. */
export interface StoredParts {
  readonly channels: readonly unknown[];
  readonly state: unknown;
  readonly head: unknown;
  readonly undo: unknown;
}

type Fields = Record<string, unknown>;

/** What was stored; what cannot be read is left out, with a warning. */
export function readState({ channels, state, head, undo }: StoredParts): LearntState {
  const records = channels.filter((record) => told('a channel', record, isRecord)).slice(0, MOST_CHANNELS);
  const fields = state === undefined || !told('the state', state, isState) ? NOTHING_LEARNT : state;
  const { revision, others, unfitted, forgotten, done } = fields;
  return {
    revision,
    channels: new Map(records.map((record) => [record.key, record])),
    corrections: fields.corrections.filter((correction) => told('a correction', correction, isCorrection)),
    others,
    unfitted,
    forgotten,
    done,
    head: head === undefined || head === null || !told('the head', head, isHead) ? null : head,
    undo: undo === undefined || undo === null || !told('the last change', undo, isUndo) ? null : undo,
  };
}

function told<T>(what: string, value: unknown, is: (value: unknown) => value is T): value is T {
  if (is(value)) {
    return true;
  }
  console.warn(`Thumbprint: ${what} in the database cannot be read and is left out`);
  return false;
}

export function isRecord(value: unknown): value is ChannelRecord {
  if (!isObject(value) || !isIdentity(value)) {
    return false;
  }
  const { key, fingerprint, examples, like, browsed, time } = value as Fields;
  return (
    isKey(key) &&
    isFingerprint(fingerprint) &&
    Array.isArray(examples) &&
    examples.length <= MOST_EXAMPLES &&
    examples.every(isLearntExample) &&
    new Set(examples.map(({ example }) => example)).size === examples.length &&
    new Set(examples.map(({ place }) => place.length)).size <= 1 &&
    isLike(like) &&
    (browsed === null || (isSum(browsed) && browsed.total.length === examples[0]?.place.length)) &&
    isTime(time)
  );
}

function isLearntExample(value: unknown): value is LearntExample {
  return isObject(value) && isExample(value['example']) && isPlace(value['place']);
}

function isLike(value: unknown): value is ChannelRecord['like'] {
  const { prior, classes } = isObject(value) ? value : {};
  return isShortText(prior) && Array.isArray(classes) && classes.length <= MOST_CLASSES && classes.every(isCount);
}

export function isPlace(value: unknown): value is Place {
  return value instanceof Int8Array && value.length > 0 && value.length <= MAX_COMPONENTS;
}

function isSum(value: unknown): value is RunningSum {
  const { count, total } = isObject(value) ? value : {};
  return isCount(count) && count > 0 && count <= MOST_BROWSED && isNumbers(total);
}

function isNumbers(value: unknown): value is Float64Array {
  return value instanceof Float64Array && value.length <= MAX_COMPONENTS && value.every(Number.isFinite);
}

export function isCorrection(value: unknown): value is Correction {
  if (!isObject(value)) {
    return false;
  }
  const { picture, place, fingerprint, is, not, time } = value;
  return (
    isShortText(picture) &&
    picture !== '' &&
    (place === null || isPlace(place)) &&
    isFingerprint(fingerprint) &&
    (is === '' || isKey(is)) &&
    Array.isArray(not) &&
    not.length <= MOST_NOT &&
    not.every(isKey) &&
    isTime(time)
  );
}

/** All of it but the corrections themselves, which are looked at one by one. */
function isState(value: unknown): value is Omit<LearntState, 'channels' | 'head' | 'undo'> {
  const { revision, corrections, others, unfitted, forgotten, done } = isObject(value) ? value : {};
  return (
    isCount(revision) &&
    isListOf(corrections, MOST_CORRECTIONS, isObject) &&
    (others === null || isOthers(others)) &&
    isCount(unfitted) &&
    isListOf(forgotten, MOST_FORGOTTEN, isKey) &&
    isListOf(done, MOST_DONE, (pair) => isListOf(pair, 2, isShortText))
  );
}

function isOthers(value: unknown): value is OthersSum {
  return isSum(value) && isFingerprint((value as unknown as Fields)['fingerprint']);
}

function isHead(value: unknown): value is StoredHead {
  const { version, keys, step, head } = isObject(value) ? value : {};
  return (
    isShortText(version) &&
    isListOf(keys, MOST_CHANNELS, isKey) &&
    step instanceof Float32Array &&
    (head === null || isFittedHead(head, keys.length, step.length))
  );
}

function isFittedHead(value: unknown, keys: number, components: number): value is ChannelHead {
  const { channels, negatives, kernel, bias, unknown } = isObject(value) ? value : {};
  return (
    channels === keys &&
    isCount(negatives) &&
    isListOf(kernel, MOST_CLASSES, (row): row is Float64Array => isNumbers(row) && row.length === components) &&
    isNumbersOf(bias, kernel.length) &&
    keys + negatives <= kernel.length &&
    isUnknown(unknown)
  );
}

function isNumbersOf(value: unknown, length: number): value is Float64Array {
  return value instanceof Float64Array && value.length === length && value.every(Number.isFinite);
}

function isUnknown(value: unknown): value is ChannelHead['unknown'] {
  const { threshold, lookalikeThreshold, curve } = isObject(value) ? value : {};
  return Number.isFinite(threshold) && Number.isFinite(lookalikeThreshold) && isListOf(curve, MOST_POINTS, isPoint);
}

function isPoint(value: unknown): value is ChannelHead['unknown']['curve'][number] {
  return isObject(value) && Number.isFinite(value['threshold']) && Number.isFinite(value['knownRecall']);
}

function isUndo(value: unknown): value is Undo {
  const { change, channels, corrections, forgot, actions } = isObject(value) ? value : {};
  return (
    isShortText(change) &&
    isListOf(channels, 2 * MOST_CHANNELS, isBefore) &&
    (corrections === null || isListOf(corrections, MOST_CORRECTIONS, isCorrection)) &&
    (forgot === null || (isObject(forgot) && (forgot['others'] === null || isOthers(forgot['others'])))) &&
    (actions === null || (isObject(actions) && Object.values(actions).every((action) => action === null || isAction(action))))
  );
}

function isBefore(value: unknown): value is [string, ChannelRecord | null] {
  return Array.isArray(value) && value.length === 2 && isKey(value[0]) && (value[1] === null || isRecord(value[1]));
}

export function isAction(value: unknown): value is Action {
  return ACTIONS.includes(value as Action);
}

function isListOf<T>(value: unknown, most: number, is: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.length <= most && value.every(is);
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TOKEN;
}

/** '' is that of nothing. */
export function isFingerprint(value: unknown): value is string {
  return isShortText(value);
}

export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
