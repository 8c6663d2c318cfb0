/** From what was learnt to a head, in the space of the model that is used. */

import { ChannelFit, type LearntClass } from '../../model/channel-fit.ts';
import { likeClasses } from '../../model/likeness.ts';
import type { Metadata } from '../../model/metadata.ts';
import type { Place, StylePrior } from '../../model/style-prior.ts';
import { othersClass } from './browsing.ts';
import { negativesOf } from './corrections.ts';
import type { ChannelRecord, LearntState, StoredHead } from './learnt-state.ts';
import { trainedChannels } from './trained-channels.ts';

/** What channels are learnt with: a model and the prior that it brings. */
export interface Space {
  readonly prior: StylePrior;
  readonly metadata: Metadata;
}

export interface LearntFit {
  readonly fit: ChannelFit;
  /** In the order of the head. */
  readonly records: readonly ChannelRecord[];
}

/** The name of the space in which places are; '' for a model without. */
export function fingerprintOf({ features }: Metadata): string {
  return features?.fingerprint ?? '';
}

/** Whether channels can be learnt beside a model: it brings a prior, and can say 'none of these' if it has channels. */
export function canLearn({ features, channels, outputs }: Metadata): boolean {
  return features !== null && (channels.length === 0 || outputs.unknown !== null);
}

/** Whether the places of a channel are in the space of the model. */
export function isFresh({ fingerprint, examples }: ChannelRecord, metadata: Metadata): boolean {
  const components = metadata.features?.prior.components;
  return fingerprint === fingerprintOf(metadata) && examples[0]?.place.length === components;
}

/** The channels that a head has, in its order: those of the model itself are left out. */
export function fittedRecords({ channels }: LearntState, metadata: Metadata): ChannelRecord[] {
  const trained = trainedChannels(metadata);
  const fresh = [...channels.values()].filter((record) => isFresh(record, metadata) && trained.find(record) === null);
  return fresh.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Null where nothing is learnt that a head could tell. */
export function fitLearnt(state: LearntState, { prior, metadata }: Space): LearntFit | null {
  if (!canLearn(metadata)) {
    return null;
  }
  const records = fittedRecords(state, metadata);
  const fingerprint = fingerprintOf(metadata);
  const negatives = [...negativesOf(state.corrections, fingerprint), ...othersClass(state, fingerprint)];
  const own = negatives.filter(({ places, added }) => (added?.total ?? places[0])?.length === prior.step.length);
  return records.length + own.length === 0
    ? null
    : { fit: new ChannelFit(prior, records.map((record) => classOf(record, prior, metadata)), own), records };
}

/** The head to store. */
export function headOf(fitted: LearntFit | null, { prior, metadata }: Space): StoredHead {
  const keys = fitted?.records.map(({ key }) => key) ?? [];
  return { version: metadata.version, keys, step: Float32Array.from(prior.step), head: fitted?.fit.head ?? null };
}

function classOf({ examples, browsed, like }: ChannelRecord, prior: StylePrior, metadata: Metadata): LearntClass {
  const places = examples.map(({ place }) => place);
  const isOwn = like.prior === priorOf(metadata);
  return { places, added: browsed, like: isOwn ? like.classes : likeClasses(prior, places) };
}

/** The classes of the prior that a channel is. */
export function likeOf({ prior, metadata }: Space, places: readonly Place[]): ChannelRecord['like'] {
  return { prior: priorOf(metadata), classes: likeClasses(prior, places) };
}

/** A prior by its checksum. */
function priorOf({ features, files }: Metadata): string {
  return features === null ? '' : (files.get(features.prior.file) ?? '');
}
