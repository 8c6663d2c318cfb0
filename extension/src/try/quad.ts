/** The four corners of a thumbnail in a photo: geometry alone, no DOM. */

import type { Size } from '../shared/geometry.ts';

/** x, y in pixels of the photo; the middle of the first pixel is at 0.5, 0.5. */
export type Point = readonly [number, number];

/** Corners of the thumbnail as it is read: top-left, top-right, bottom-right, bottom-left. */
export type Quad = readonly [Point, Point, Point, Point];

type Row = readonly [number, number, number];

/** A homography: (a u + b v + c, d u + e v + f) / (g u + h v + i), row by row. */
export type Matrix = readonly [Row, Row, Row];

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

/**
 * Maps the unit square to a quadrilateral: (0, 0), (1, 0), (1, 1), (0, 1) to its corners in order.
 *
 * Heckbert, Fundamentals of Texture Mapping and Image Warping (1989), section 2.2.3.
 */
export function fromUnitSquare([p, q, r, s]: Quad): Matrix {
  const x = p[0] - q[0] + r[0] - s[0];
  const y = p[1] - q[1] + r[1] - s[1];
  const [x1, y1] = [q[0] - r[0], q[1] - r[1]];
  const [x2, y2] = [s[0] - r[0], s[1] - r[1]];
  const area = x1 * y2 - x2 * y1;
  const g = (x * y2 - x2 * y) / area;
  const h = (x1 * y - x * y1) / area;
  return [
    [q[0] - p[0] + g * q[0], s[0] - p[0] + h * s[0], p[0]],
    [q[1] - p[1] + g * q[1], s[1] - p[1] + h * s[1], p[1]],
    [g, h, 1],
  ];
}

/** Whether the corners make a convex quadrilateral, clockwise as one looks at it, of some area. */
export function isConvex(quad: Quad): boolean {
  return quad.every((corner, i) => turn(corner, quad[(i + 1) % 4]!, quad[(i + 2) % 4]!) > 1e-6);
}

/** The mean lengths of the sides across and of those down, in pixels. */
export function sizeOf([p, q, r, s]: Quad): Size {
  const side = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);
  return { width: (side(p, q) + side(s, r)) / 2, height: (side(p, s) + side(q, r)) / 2 };
}
