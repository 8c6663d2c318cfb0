/** Which thumbnails are asked for first; no DOM in here. */

import type { Rectangle } from '../../shared/geometry.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How far a point is from a box, 0 inside of it; squared, because only the order matters. */
export function distanceTo({ x, y }: Point, { left, top, right, bottom }: Rectangle): number {
  const beside = Math.max(left - x, 0, x - right);
  const above = Math.max(top - y, 0, y - bottom);
  return beside * beside + above * above;
}

/** The things in the order of nearness to a point; of those as near, the first stays first. */
export function nearestFirst<T>(things: readonly T[], point: Point, boxOf: (thing: T) => Rectangle): T[] {
  const measured = things.map((thing) => ({ thing, distance: distanceTo(point, boxOf(thing)) }));
  return measured.sort((a, b) => a.distance - b.distance).map(({ thing }) => thing);
}
