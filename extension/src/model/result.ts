/** From the scores of a picture to the result that is shown: which channel, or none of them. */

import type { ClassifyResult, Named, Score } from '../shared/messages.ts';
import type { Scores } from './style-prior.ts';
import type { Metadata } from './metadata.ts';
import { confidentThreshold, operatingPoint } from './operating-point.ts';

/**
 * Names the most probable channel; above the threshold, `unknown` says that it is none of them. A look-alike is claimed
 * only below a threshold of its own as well, whichever of both is the stricter one.
 */
export function toResult(
  { probabilities, unknown }: Scores,
  metadata: Metadata,
  knownRecall: number | null,
): ClassifyResult {
  const scores = metadata.channels
    .map((channel, i): Score => ({ ...named(channel), probability: probabilities[i] ?? 0 }))
    .sort((a, b) => b.probability - a.probability);
  const threshold = metadata.unknown === null ? null : operatingPoint(metadata.unknown, knownRecall).threshold;
  const lookalikeThreshold = metadata.unknown?.lookalikeThreshold ?? null;
  const known = unknown === null || threshold === null || unknown <= threshold;
  const certain = known && unknown !== null && lookalikeThreshold !== null && unknown <= lookalikeThreshold;
  const noneThreshold = metadata.unknown === null ? null : confidentThreshold(metadata.unknown);
  return {
    ok: true,
    known,
    certain,
    confident: known ? certain : noneThreshold !== null && unknown > noneThreshold,
    channel: { ...scores[0]! }, // a copy: a reply is a tree, as JSON
    scores,
    unknown,
    threshold,
  };
}

/** A channel with what it can be told by: its handle may stand in its address, and its id there or as its handle. */
export function named({ name, displayName, handle, url }: Metadata['channels'][number]): Named {
  const id = CHANNEL_ID.exec(handle)?.[0] ?? /\/channel\/(UC[\w-]{22})(?![\w-])/.exec(url)?.[1];
  const inAddress = /^https?:\/\/[^/?#]+\/(@[^/?#]+)/.exec(url)?.[1] ?? '';
  return { name, displayName, handle: handle === '' ? inAddress : handle, ...(id === undefined ? {} : { id }) };
}

const CHANNEL_ID = /^UC[\w-]{22}$/;
