/** The strictness slider: the points of the model's curve that a person can choose from. */

import type { Metadata, OperatingPoint, Unknown } from '../model/metadata.ts';
import { operatingPoint } from '../model/operating-point.ts';
import type { ChannelsReply, Learnt } from '../shared/learning.ts';

const LEAST_RECALL = 0.5; // who finds less than half of the thumbnails has no use for an answer

/**
 * What there is to choose from: `measured` by the model or, where that has no channels, on what was learnt. `none`: the
 * model knows only its channels. `learnt`: what was learnt is too little to measure on.
 */
export type Strictness = { readonly measured: Unknown } | 'none' | 'learnt';

export function strictnessOf({ channels, unknown }: Metadata, reply: Learnt<ChannelsReply> | null): Strictness {
  if (channels.length > 0) {
    return unknown === null ? 'none' : { measured: unknown };
  }
  const learnt = reply?.ok === true ? (reply.unknown as Unknown | undefined) : undefined;
  return learnt === undefined ? 'learnt' : { measured: learnt };
}

/** The points of the slider, the strictest first, no two of the same use; none where nothing was measured. */
export function pointsOf(unknown: Unknown | null): readonly OperatingPoint[] {
  const curve = unknown?.curve ?? [];
  return curve.filter(
    ({ knownRecall }, index) => knownRecall >= LEAST_RECALL && knownRecall !== curve[index - 1]?.knownRecall,
  );
}

/** Where a wish lies on the slider; without one, where the model's own threshold does. */
export function positionOf(points: readonly OperatingPoint[], unknown: Unknown, knownRecall: number | null): number {
  const { threshold } = operatingPoint(unknown, knownRecall);
  const index = points.findIndex((point) => point.threshold >= threshold);
  return index === -1 ? points.length - 1 : index;
}
