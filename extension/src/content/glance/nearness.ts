/** Which thumbnails are asked for first; no DOM in here. */

import type { Rectangle } from '../../shared/geometry.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How far a point is from a box in px, 0 inside of it. */
export function distanceTo({ x, y }: Point, { left, top, right, bottom }: Rectangle): number {
  const beside = Math.max(left - x, 0, x - right);
  const above = Math.max(top - y, 0, y - bottom);
  return Math.hypot(beside, above);
}

const PX_PER_MS = 1;

/**
 * The things in the order of nearness to a point; of those as near, the first stays first. What waits becomes nearer, so
 * that others that come while a page is scrolled do not always go before it.
 */
export function nearestFirst<T>(things: readonly T[], point: Point, boxOf: (thing: T) => Rectangle, waitedMs: (thing: T) => number): T[] {
  const measured = things.map((thing) => ({ thing, distance: distanceTo(point, boxOf(thing)) - waitedMs(thing) * PX_PER_MS }));
  return measured.sort((a, b) => a.distance - b.distance).map(({ thing }) => thing);
}
