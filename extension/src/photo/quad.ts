/** Quadrilaterals in a photo, the twin of `backend/photo/quad.py`, and the homography between one and the flat picture that it shows. */

/** x, y in pixels of the picture; the middle of the first pixel is at 0.5, 0.5. */
export type Point = readonly [number, number];

/** Corners of the flat picture as it is read: top-left, top-right, bottom-right, bottom-left. */
export type Quad = readonly [Point, Point, Point, Point];

type Row = readonly [number, number, number];

/** A homography: (a u + b v + c, d u + e v + f) / (g u + h v + i), row by row. */
export type Matrix = readonly [Row, Row, Row];

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

export function project([[a, b, c], [d, e, f], [g, h, i]]: Matrix, u: number, v: number): Point {
  const w = g * u + h * v + i;
  return [(a * u + b * v + c) / w, (d * u + e * v + f) / w];
}

export function multiplied(one: Matrix, other: Matrix): Matrix {
  const row = ([a, b, c]: Row): Row => {
    const [p, q, r] = other;
    return [a * p[0] + b * q[0] + c * r[0], a * p[1] + b * q[1] + c * r[1], a * p[2] + b * q[2] + c * r[2]];
  };
  return [row(one[0]), row(one[1]), row(one[2])];
}

/** The inverse, as long as the matrix has one. */
export function inverted([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix {
  const size = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [(e * i - f * h) / size, (c * h - b * i) / size, (b * f - c * e) / size],
    [(f * g - d * i) / size, (a * i - c * g) / size, (c * d - a * f) / size],
    [(d * h - e * g) / size, (b * g - a * h) / size, (a * e - b * d) / size],
  ];
}

/** Whether the corners make a convex quadrilateral, clockwise as one looks at it, of some area. */
export function isConvex(quad: Quad): boolean {
  return quad.every((corner, i) => {
    const next = quad[(i + 1) % 4]!;
    const after = quad[(i + 2) % 4]!;
    return (next[0] - corner[0]) * (after[1] - next[1]) - (next[1] - corner[1]) * (after[0] - next[0]) > 1e-6;
  });
}

/** The mean lengths of the sides across and of those down, in pixels. */
export function sizeOf([p, q, r, s]: Quad): { width: number; height: number } {
  const side = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);
  return { width: (side(p, q) + side(s, r)) / 2, height: (side(p, s) + side(q, r)) / 2 };
}
