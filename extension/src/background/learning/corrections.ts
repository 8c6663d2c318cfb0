/** What a person said of single pictures: found again for the same picture elsewhere, and learnt from. */

import type { LearntClass } from '../../model/channel-fit.ts';
import type { Place } from '../../model/style-prior.ts';
import { FEWEST, MOST_EXAMPLES, type Said } from '../../shared/learning.ts';
import {
  type ChannelRecord,
  type Correction,
  type LearntState,
  MOST_CORRECTIONS,
  MOST_NOT,
} from './learnt-state.ts';

/**
 * How far apart places of one picture are, in levels of a component on average. Of 174 real thumbnails as JPEG of quality
 * 60, as WebP, or between 246 and 640 px wide, nine in ten are within 3.3 (those of 168 px are not). The nearest other of
 * 1,900 is within 4 only in one channel, whose thumbnails are all but the same.
 */
const SAME = 4;
const ALIKE = 3; // pictures that one channel was wrongly seen in, from which on they are learnt from
const MOST_LEARNT = 200; // of them

/** A picture, wherever it was met; `place` is null where nobody knows it. */
export interface SeenPicture {
  /** The name that corrections are kept under. */
  readonly picture: string;
  readonly place: Place | null;
  readonly fingerprint: string;
}

/** What was said of a picture: of itself, else of the same picture elsewhere. */
export function findCorrection(corrections: readonly Correction[], seen: SeenPicture): Correction | null {
  const own = corrections.find(({ picture }) => picture === seen.picture);
  return own ?? corrections.find((correction) => isSamePicture(correction, seen)) ?? null;
}

function isSamePicture(a: Omit<SeenPicture, 'picture'>, b: Omit<SeenPicture, 'picture'>): boolean {
  return a.place !== null && b.place !== null && a.fingerprint === b.fingerprint && isNear(a.place, b.place);
}

/** Gives up as soon as it is too far. */
function isNear(a: Place, b: Place): boolean {
  let left = SAME * a.length;
  for (let i = 0; i < a.length && left >= 0; i++) {
    left -= Math.abs(a[i]! - b[i]!);
  }
  return a.length === b.length && left >= 0;
}

/** What a person says now: a channel that it is, one that it is not, or nothing any more where both are ''. */
export interface NewCorrection extends SeenPicture {
  readonly is: string;
  readonly not: string;
  /** The name under which the picture can be an example; '' where it can not. */
  readonly example: string;
  readonly time: number;
}

/** What was learnt with a picture corrected: what was said of it before counts no more, but for what it is not. */
export function corrected(state: LearntState, said: NewCorrection): LearntState {
  const before = findCorrection(state.corrections, said);
  const others = state.corrections.filter((correction) => correction !== before);
  const channels = withoutExample(state.channels, [before?.is ?? '', said.not], said.example);
  if (said.is === '' && said.not === '') {
    return { ...state, channels, corrections: others };
  }
  const { picture, place, fingerprint, is, time } = said;
  const earlier = before?.not.filter((key) => key !== is && key !== said.not) ?? [];
  const not = [...earlier, ...(said.not === '' ? [] : [said.not])].slice(-MOST_NOT);
  const correction = { picture, place, fingerprint, is, not, time };
  return {
    ...state,
    channels: withExample(channels, said),
    corrections: [...others, correction].slice(-MOST_CORRECTIONS),
  };
}

type Channels = LearntState['channels'];

/** Takes a picture out of what some channels are learnt from, but leaves what a channel needs. */
function withoutExample(channels: Channels, keys: readonly string[], example: string): Channels {
  const changed = keys.flatMap((key): ChannelRecord[] => {
    const record = channels.get(key);
    const examples = record?.examples.filter((other) => other.example !== example) ?? [];
    return record === undefined || examples.length === record.examples.length || examples.length < FEWEST
      ? []
      : [{ ...record, examples }];
  });
  return changed.length === 0 ? channels : new Map([...channels, ...changed.map((record) => [record.key, record] as const)]);
}

function withExample(channels: Channels, { is, example, place, fingerprint, time }: NewCorrection): Channels {
  const record = channels.get(is);
  if (record === undefined || example === '' || place === null || record.fingerprint !== fingerprint) {
    return channels;
  }
  const others = record.examples.filter((other) => other.example !== example);
  const examples = [...others, { example, place }].slice(-MOST_EXAMPLES);
  return new Map([...channels, [is, { ...record, examples, time }]]);
}

/** As answers take it; `nameOf` gives the name that a channel has in them. */
export function saidOf(correction: Correction | null, nameOf: (key: string) => string): Said {
  return correction === null
    ? { is: '', not: [] }
    : { is: correction.is === '' ? '' : nameOf(correction.is), not: correction.not.map(nameOf) };
}

/** Classes of what one channel was wrongly seen in, each of several pictures. */
export function negativesOf(corrections: readonly Correction[], fingerprint: string): LearntClass[] {
  const places = new Map<string, Place[]>();
  for (const { place, not, is, fingerprint: own } of corrections) {
    if (place !== null && is === '' && own === fingerprint) {
      not.forEach((key) => places.set(key, [...(places.get(key) ?? []), place]));
    }
  }
  return [...places.values()].flatMap((all) => {
    const different = all.filter((place, i) => !all.slice(0, i).some((other) => isNear(place, other)));
    return different.length < ALIKE ? [] : [{ places: different.slice(-MOST_LEARNT), added: null, like: [] }];
  });
}
