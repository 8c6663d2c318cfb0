/** From what a person wants ("find 95 % of my channels' thumbnails") to a threshold, over the model's own curve. */

import type { OperatingPoint, Unknown } from './metadata.ts';

const MISSED = 0.02; // of the channels' own thumbnails, at most, lie above the line from which 'none of these' is acted upon

/** From where on 'none of these' is sure enough to act upon; null where nobody measured that. */
export function confidentThreshold({ threshold, curve }: Unknown): number | null {
  const point = curve.find(({ knownRecall }) => knownRecall >= 1 - MISSED);
  return point === undefined ? null : Math.max(threshold, point.threshold);
}

/**
 * The threshold of 'none of these' that keeps at least a share of the channels' thumbnails, and what it costs.
 *
 * Without a wish, or where the model brings no curve, the model's own threshold; shares are null where nobody measured.
 */
export function operatingPoint(
  unknown: Unknown,
  knownRecall: number | null,
): OperatingPoint | { threshold: number; knownRecall: null; falseKnown: null } {
  const { threshold, knownRecall: recall, falseKnown, curve } = unknown;
  if (knownRecall !== null && curve.length > 0) {
    return curve.find((point) => point.knownRecall >= knownRecall) ?? curve[curve.length - 1]!;
  }
  return recall === null || falseKnown === null
    ? { threshold, knownRecall: null, falseKnown: null }
    : { threshold, knownRecall: recall, falseKnown };
}
