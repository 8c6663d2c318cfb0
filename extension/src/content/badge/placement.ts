/** Where the badge and the card stand, in px of the viewport; no DOM in here. */

import type { Rectangle, Size } from '../../shared/geometry.ts';

/** The room of a badge, whose text begins where a line of the page's does. */
interface BadgePlace {
  readonly left: number;
  readonly top: number;
  readonly maxWidth: number;
  readonly lines: number;
  /** Of a badge with so many lines. */
  readonly height: number;
}

const MARGIN = 6; // px between the badge and the edge of the thumbnail
const PLAY_LENGTH = 24; // px at the bottom of a thumbnail, where sites write how long the video is
const LINE = 17.5; // px, as in badge.css.ts
const PADDING = 6; // px above and below the text
const GAP = 4; // px between the thumbnail and the card: the pointer crosses it within the grace time
export const EDGE = 8; // px between the card and the edge of the viewport

/** The part of the thumbnail that the viewport shows, without its edges and what sites write at its bottom. */
export function placeBadge(box: Rectangle, viewport: Size): BadgePlace {
  const left = Math.max(box.left, 0) + MARGIN;
  const right = Math.min(box.right, viewport.width) - MARGIN;
  const top = Math.max(box.top, 0) + MARGIN;
  const room = box.bottom - PLAY_LENGTH - top - PADDING;
  const lines = Math.max(1, Math.floor(room / LINE));
  return { left, top, maxWidth: Math.max(0, right - left), lines, height: lines * LINE + PADDING };
}

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
