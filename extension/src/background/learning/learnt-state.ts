/** What was learnt in the browser: channels, corrections, what browsing added. Only numbers, never a picture. */

import type { ChannelHead, RunningSum } from '../../model/channel-fit.ts';
import type { Place } from '../../model/style-prior.ts';
import { type ChannelIdentity, type Example, keyOf, isSameChannel } from '../../shared/learning.ts';
import type { Action } from '../../shared/settings.ts';

/** A thumbnail that a channel is learnt from, and its place in the space of the channel's `fingerprint`. */
export interface LearntExample {
  readonly example: Example;
  readonly place: Place;
}

export interface ChannelRecord extends ChannelIdentity {
  readonly key: string;
  /** Of the features of the model that it was learnt with; '' where it is only known by name. */
  readonly fingerprint: string;
  readonly examples: readonly LearntExample[];
  /** The classes of a prior that are the same channel, and which prior that is. */
  readonly like: { readonly prior: string; readonly classes: readonly number[] };
  /** What browsing added. */
  readonly browsed: RunningSum | null;
  /** When it was learnt or changed, in milliseconds. */
  readonly time: number;
}

/** What a person said of a picture: that it is of one channel ('' for nothing said), and not of some. */
export interface Correction {
  /** A name of the picture (`pictureName`). */
  readonly picture: string;
  readonly place: Place | null;
  /** Of the space in which its place is. */
  readonly fingerprint: string;
  readonly is: string;
  readonly not: readonly string[];
  readonly time: number;
}

/** What browsing added of channels that are nobody's here. */
export interface OthersSum extends RunningSum {
  readonly fingerprint: string;
}

/** A head, with what it was fitted for; null where there was nothing to fit. */
export interface StoredHead {
  /** Of the model whose prior it has. */
  readonly version: string;
  /** Of its channels, in its order. */
  readonly keys: readonly string[];
  /** How large a level of each component is. */
  readonly step: Float32Array;
  readonly head: ChannelHead | null;
}

/** The way back from the last change. */
export interface Undo {
  readonly change: string;
  /** What was stored before under each key that changed; null for nothing. */
  readonly channels: readonly (readonly [string, ChannelRecord | null])[];
  /** All of them as they were; null where none changed. */
  readonly corrections: readonly Correction[] | null;
  /** Whether the change forgot what browsing had added, and what that was of others. */
  readonly forgot: { readonly others: OthersSum | null } | null;
  /** What is done to channels as it was; null where the change did not touch it. */
  readonly actions: Readonly<Record<string, Action | null>> | null;
}

export interface LearntState {
  /** Goes up with every change. */
  readonly revision: number;
  readonly channels: ReadonlyMap<string, ChannelRecord>;
  readonly corrections: readonly Correction[];
  readonly others: OthersSum | null;
  /** Thumbnails that browsing added since the head was fitted. */
  readonly unfitted: number;
  /** Keys that were forgotten here: another machine does not bring them back. */
  readonly forgotten: readonly string[];
  /** The last requests that were carried out, and their changes: one that is asked again is not done twice. */
  readonly done: readonly (readonly [string, string])[];
  readonly undo: Undo | null;
  /** Null where it is to be fitted. */
  readonly head: StoredHead | null;
}

export const NOTHING_LEARNT: LearntState = {
  revision: 0,
  channels: new Map(),
  corrections: [],
  others: null,
  unfitted: 0,
  forgotten: [],
  done: [],
  undo: null,
  head: null,
};

export const MOST_CORRECTIONS = 2000;
export const MOST_NOT = 20; // channels that one picture is said not to be of
export const MOST_FORGOTTEN = 500;
export const MOST_DONE = 20;

/** A channel without its key. */
export function identityOf({ id, handle, name }: ChannelIdentity): ChannelIdentity {
  return { id, handle, name };
}

/** The record of a channel, under whatever key it is kept. */
export function findChannel(channels: LearntState['channels'], channel: ChannelIdentity): ChannelRecord | null {
  return channels.get(keyOf(channel)) ?? [...channels.values()].find((record) => isSameChannel(record, channel)) ?? null;
}
