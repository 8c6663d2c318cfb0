/** The strictness slider: the points of the model's curve that a person can choose from. */

import type { OperatingPoint, Unknown } from '../model/metadata.ts';
import { operatingPoint } from '../model/operating-point.ts';

const LEAST_RECALL = 0.5; // who finds less than half of the thumbnails has no use for an answer

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
