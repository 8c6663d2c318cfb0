/** Changes of what was learnt, each from one whole state to the next, and the way back. */

import { type ChannelIdentity, keyOf, MOST_CHANNELS, MOST_EXAMPLES } from '../../shared/learning.ts';
import { ClassifyError } from '../../shared/messages.ts';
import { addSums } from './browsing.ts';
import {
  type ChannelRecord,
  type LearntExample,
  type LearntState,
  MOST_FORGOTTEN,
  type Undo,
} from './learnt-state.ts';

/** A channel as it was learnt now. */
export interface NewlyLearnt {
  readonly channel: ChannelIdentity;
  readonly examples: readonly LearntExample[];
  readonly fingerprint: string;
  readonly time: number;
}

/** The record with what is learnt now; what was learnt before in the same space stays beside it. */
export function learntRecord(before: ChannelRecord | null, { channel, examples, fingerprint, time }: NewlyLearnt): ChannelRecord {
  const like = { prior: '', classes: [] };
  if (before === null) {
    return { ...channel, key: keyOf(channel), fingerprint, examples: examples.slice(-MOST_EXAMPLES), like, browsed: null, time };
  }
  const isSpace = before.fingerprint === fingerprint;
  const earlier = isSpace ? before.examples.filter(({ example }) => !examples.some((other) => other.example === example)) : [];
  return {
    ...before,
    id: before.id === '' ? channel.id : before.id,
    handle: channel.handle === '' ? before.handle : channel.handle,
    fingerprint,
    examples: [...earlier, ...examples].slice(-MOST_EXAMPLES),
    like,
    browsed: isSpace ? before.browsed : null,
    time,
  };
}

/** Puts a record in. Throws a ClassifyError (too-many). */
export function withRecord(state: LearntState, record: ChannelRecord): LearntState {
  if (!state.channels.has(record.key) && state.channels.size >= MOST_CHANNELS) {
    throw new ClassifyError('too-many');
  }
  return withChannels(state, [record]);
}

export function withChannels(state: LearntState, records: readonly ChannelRecord[]): LearntState {
  const channels = new Map([...state.channels, ...records.map((record) => [record.key, record] as const)]);
  return { ...state, channels, forgotten: state.forgotten.filter((key) => !channels.has(key)) };
}

/** Throws a ClassifyError (gone). */
export function withoutChannel(state: LearntState, key: string): LearntState {
  recordAt(state, key);
  const channels = new Map([...state.channels].filter(([other]) => other !== key));
  return { ...state, channels, forgotten: [...state.forgotten, key].slice(-MOST_FORGOTTEN) };
}

/** Throws a ClassifyError (gone). */
export function renamed(state: LearntState, key: string, name: string, time: number): LearntState {
  return withChannels(state, [{ ...recordAt(state, key), name, time }]);
}

function recordAt({ channels }: LearntState, key: string): ChannelRecord {
  const record = channels.get(key);
  if (record === undefined) {
    throw new ClassifyError('gone');
  }
  return record;
}

/** How to get back from a state to the one before. */
export function wayBack(before: LearntState, after: LearntState, change: string, actions: Undo['actions']): Undo {
  const keys = [...new Set([...before.channels.keys(), ...after.channels.keys()])];
  const changed = keys.filter((key) => before.channels.get(key) !== after.channels.get(key));
  return {
    change,
    channels: changed.map((key) => [key, before.channels.get(key) ?? null]),
    corrections: before.corrections === after.corrections ? null : before.corrections,
    forgot: wasForgotten(before, after) ? { others: before.others } : null,
    actions,
  };
}

/** Whether what browsing had added is gone. */
function wasForgotten(before: LearntState, after: LearntState): boolean {
  const isGone = ({ key, browsed, fingerprint }: ChannelRecord): boolean => {
    const now = after.channels.get(key);
    return browsed !== null && now?.browsed === null && now.fingerprint === fingerprint;
  };
  return (before.others !== null && after.others === null) || [...before.channels.values()].some(isGone);
}

/** The state before the last change, with what browsing added since. Throws a ClassifyError (gone). */
export function undone(state: LearntState, change: string): LearntState {
  const { undo } = state;
  if (undo?.change !== change) {
    throw new ClassifyError('gone');
  }
  const channels = new Map(state.channels);
  for (const [key, record] of undo.channels) {
    channels.delete(key);
    if (record !== null) {
      channels.set(key, restoredRecord(record, state.channels.get(key) ?? null, undo.forgot !== null));
    }
  }
  const forgotten = state.forgotten.filter((key) => !channels.has(key));
  const corrections = undo.corrections ?? state.corrections;
  const others = undo.forgot === null ? state.others : othersWith(undo.forgot.others, state.others);
  return { ...state, channels, forgotten, corrections, others, undo: null };
}

/** Browsing may have gone on since: what it added comes to what the change took away, or stays as it is. */
function restoredRecord(before: ChannelRecord, now: ChannelRecord | null, forgot: boolean): ChannelRecord {
  if (now?.fingerprint !== before.fingerprint) {
    return before;
  }
  return { ...before, browsed: forgot ? addSums(before.browsed, now.browsed) : now.browsed };
}

function othersWith(before: LearntState['others'], now: LearntState['others']): LearntState['others'] {
  return before === null || (now !== null && now.fingerprint !== before.fingerprint)
    ? now
    : { ...addSums(before, now)!, fingerprint: before.fingerprint };
}
