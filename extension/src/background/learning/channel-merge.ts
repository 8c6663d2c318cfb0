/** What a file of channels changes: by channel, the newer one stays. */

import { MOST_CHANNELS, keyOf } from '../../shared/learning.ts';
import { ClassifyError, type Reason } from '../../shared/messages.ts';
import type { Action } from '../../shared/settings.ts';
import type { ChannelFile } from './channel-file.ts';
import { withChannels } from './learnt-edits.ts';
import { type ChannelRecord, type Correction, findChannel, type LearntState, MOST_CORRECTIONS } from './learnt-state.ts';

/** What comes of an import: how many channels of each kind, the state after it, and what is done to channels then. */
export interface Merge {
  readonly added: number;
  readonly newer: number;
  readonly conflicts: number;
  readonly unchanged: number;
  readonly stale: number;
  readonly state: LearntState;
  readonly actions: Readonly<Record<string, Action>>;
}

type Kind = 'added' | 'newer' | 'conflicts' | 'unchanged';

interface Merged {
  readonly kind: Kind;
  /** The key in the file. */
  readonly from: string;
  readonly record: ChannelRecord;
  readonly isTaken: boolean;
}

/** Throws a ClassifyError: too-many, or bad-file for a key that another channel has here. */
export function merge(state: LearntState, { channels, corrections, actions }: ChannelFile, fingerprint: string): Merge {
  const merged = channels.map((channel) => mergedRecord(state, channel, fingerprint));
  const keys = new Map(merged.map(({ from, record }) => [from, record.key]));
  const key = (name: string): string => keys.get(name) ?? name;
  const taken = merged.filter(({ isTaken }) => isTaken).map(({ record }) => record);
  const next = withChannels(state, taken);
  refuse(next.channels.size > MOST_CHANNELS, 'too-many');
  refuse(new Set(keys.values()).size < channels.length, 'bad-file', 'two of its channels are one here');
  const count = (kind: Kind): number => merged.filter((one) => one.kind === kind).length;
  return {
    added: count('added'),
    newer: count('newer'),
    conflicts: count('conflicts'),
    unchanged: count('unchanged'),
    stale: taken.filter((record) => record.fingerprint !== fingerprint).length,
    state: { ...next, corrections: mergedCorrections(state.corrections, corrections, key) },
    actions: Object.fromEntries(Object.entries(actions).map(([name, action]) => [key(name), action])),
  };
}

function mergedRecord({ channels }: LearntState, channel: ChannelRecord, fingerprint: string): Merged {
  const own = findChannel(channels, channel);
  if (own === null) {
    const key = channels.has(channel.key) ? keyOf(channel) : channel.key;
    refuse(channels.has(key), 'bad-file', `its ${channel.name} has the key of another channel`);
    return { kind: 'added', from: channel.key, record: { ...channel, key }, isTaken: true };
  }
  const isTaken = isNewer(channel, own, fingerprint);
  const [here, there] = [missing(own, channel), missing(channel, own)];
  const kind = here && there ? 'conflicts' : isTaken ? 'newer' : 'unchanged';
  return { kind, from: channel.key, record: { ...(isTaken ? channel : own), key: own.key }, isTaken };
}

/** Whether the file's counts: what can be used before what cannot, then the later one. */
function isNewer(channel: ChannelRecord, own: ChannelRecord, fingerprint: string): boolean {
  const [isFresh, isOwnFresh] = [channel, own].map((record) => record.fingerprint === fingerprint && record.examples.length > 0);
  return isFresh === isOwnFresh ? channel.time > own.time : isFresh === true;
}

/** Whether one has an example that the other has not. */
function missing({ examples }: ChannelRecord, other: ChannelRecord): boolean {
  const known = new Set(other.examples.map(({ example }) => example));
  return examples.some(({ example }) => !known.has(example));
}

/** By picture, the later one stays; the last ones of all. Unchanged lists stay the same. */
function mergedCorrections(
  own: readonly Correction[],
  others: readonly Correction[],
  key: (name: string) => string,
): readonly Correction[] {
  const times = new Map(own.map(({ picture, time }) => [picture, time]));
  const later = others.filter(({ picture, time }) => time > (times.get(picture) ?? -1));
  if (later.length === 0) {
    return own;
  }
  const renamed = later.map((one): Correction => ({ ...one, is: one.is === '' ? '' : key(one.is), not: one.not.map(key) }));
  const pictures = new Map([...own, ...renamed].map((correction) => [correction.picture, correction]));
  return [...pictures.values()].sort((a, b) => a.time - b.time).slice(-MOST_CORRECTIONS);
}

function refuse(condition: boolean, reason: Reason, detail?: string): void {
  if (condition) {
    throw new ClassifyError(reason, detail);
  }
}
