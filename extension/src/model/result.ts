/** From the scores of a picture to the result that is shown: which channel, or none of them. */

import type { ClassifyResult } from '../shared/messages.ts';
import type { Scores } from './classifier.ts';
import type { Metadata } from './metadata.ts';
import { operatingPoint } from './operating-point.ts';

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
    .map(({ name, displayName, handle }, i) => ({ name, displayName, handle, probability: probabilities[i] ?? 0 }))
    .sort((a, b) => b.probability - a.probability);
  const threshold = metadata.unknown === null ? null : operatingPoint(metadata.unknown, knownRecall).threshold;
  const lookalikeThreshold = metadata.unknown?.lookalikeThreshold ?? null;
  const known = unknown === null || threshold === null || unknown <= threshold;
  return {
    ok: true,
    known,
    certain: known && unknown !== null && lookalikeThreshold !== null && unknown <= lookalikeThreshold,
    channel: { ...scores[0]! }, // a copy: a reply is a tree, as JSON
    scores,
    unknown,
    threshold,
  };
}
