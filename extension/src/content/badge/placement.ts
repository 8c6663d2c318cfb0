/** Where the card stands, in px of the viewport; no DOM in here. */

import type { Rectangle, Size } from '../../shared/geometry.ts';

const GAP = 4; // px between the thumbnail and the card: the pointer crosses it within the grace time
export const EDGE = 8; // px between the card and the edge of the viewport

export interface Spot {
  readonly left: number;
  readonly top: number;
}

/**
 * The spots around a thumbnail where a card leaves it to be clicked: after it, before it, below and above, as near as the
 * viewport allows.
 */
export function cardSpots(box: Rectangle, card: Size, viewport: Size, mirrored: boolean): Spot[] {
  const beside = [box.right + GAP, box.left - GAP - card.width].map((left) => ({ left, top: box.top }));
  const start = mirrored ? box.right - card.width : box.left;
  const stacked = [box.bottom + GAP, box.top - GAP - card.height].map((top) => ({ left: start, top }));
  const most = { left: viewport.width - card.width - EDGE, top: viewport.height - card.height - EDGE };
  const fitting = [
    ...(mirrored ? beside.toReversed() : beside).filter(({ left }) => left >= EDGE && left <= most.left),
    ...stacked.filter(({ top }) => top >= EDGE && top <= most.top),
  ];
  return (fitting.length > 0 ? fitting : stacked.slice(0, 1)).map(({ left, top }) => ({
    left: clamp(left, most.left),
    top: clamp(top, most.top),
  }));
}

/**
 * Where a card goes on standing once it is higher or lower: away from the thumbnail it grows, within the viewport. The
 * pointer that was on it still is.
 */
export function regrown({ left, top }: Spot, card: Size, height: number, box: Rectangle, viewport: Size): Spot {
  const isAbove = top + card.height <= box.top;
  const grown = isAbove ? top + card.height - height : top;
  return { left, top: clamp(grown, viewport.height - height - EDGE) };
}

/** The first spot that costs the least. */
export function cheapest(spots: readonly Spot[], costOf: (spot: Spot) => number): Spot {
  const costs = spots.map(costOf);
  return spots[costs.indexOf(Math.min(...costs))]!;
}

function clamp(value: number, most: number): number {
  return Math.max(EDGE, Math.min(value, most));
}
