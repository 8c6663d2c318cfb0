/** The four corners of a thumbnail in a photo: geometry alone, no DOM. */

import type { Point, Quad } from '../photo/quad.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

const SHARE = 0.7; // of the photo's smaller fit, for corners that nobody has placed yet

/** Corners in the middle of a photo, of a thumbnail's shape. */
export function middleQuad({ width, height }: Size): Quad {
  const across = SHARE * Math.min(width, (height * 16) / 9);
  const [x, y] = [across / 2, (across * 9) / 32];
  const [cx, cy] = [width / 2, height / 2];
  return [
    [cx - x, cy - y],
    [cx + x, cy - y],
    [cx + x, cy + y],
    [cx - x, cy + y],
  ];
}

/** The same corners with one of them elsewhere, inside the photo. */
export function moveCorner(quad: Quad, corner: number, [x, y]: Point, { width, height }: Size): Quad {
  const moved: Point = [Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))];
  const [a, b, c, d] = quad.map((point, i) => (i === corner ? moved : point)) as [Point, Point, Point, Point];
  return [a, b, c, d];
}

function turn([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): number {
  return (bx - ax) * (cy - by) - (by - ay) * (cx - bx);
}

/** Whether a point lies inside of the corners. */
export function holds(quad: Quad, point: Point): boolean {
  return quad.every((corner, i) => turn(corner, quad[(i + 1) % 4]!, point) > 0);
}

/** The mean of the corners. */
export function middleOf(quad: Quad): Point {
  const mean = (axis: 0 | 1): number => quad.reduce((sum, point) => sum + point[axis] / 4, 0);
  return [mean(0), mean(1)];
}
