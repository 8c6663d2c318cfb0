import { type Colours, sample } from './colours.ts';
import { type Point, type Quad, sizeOf } from './quad.ts';

const POINTS = 32; // along a side
const CLEAR = 0.07; // of a side at each end is not looked at: corners may be round
// How far a side is moved, as a share of the height; and steps are taken from so many pixels inside of a place to so
// many outside. First coarsely, where blur hides no edge; at last finely.
const PASSES = [[0.04, 2.5], [0.013, 2.5], [0, 1.5]] as const;
const LEAST_REACH = 1.5; // pixels
const TRIED = 10; // places of a side's end, in one direction
const COUNT = 2 * TRIED + 1;
const FULL = 20; // grey levels: a step from here on is an edge in full
const BEYOND = 0.35; // of an edge is lost for what lies beyond it: of two edges, the outer one
const SHARPER = 0.3; // of an edge is won by a step four times as high
const LAZY = 0.002; // of an edge along a side, for each place that an end of it is moved

/** Two points of a line. */
type Line = readonly [Point, Point];

/**
 * Moves the sides of a quadrilateral to edges of the picture; none, where they no longer meet.
 *
 * The twin of `backend/photo/refine.py`.
 */
export function refine(colours: Colours, quad: Quad): Quad {
  let moved = quad;
  for (const [reach, wide] of PASSES) {
    const far = Math.max(LEAST_REACH, reach * sizeOf(moved).height);
    const lines = moved.map((start, k) => bestSide(colours, start, moved[(k + 1) % 4]!, far, wide));
    const corners = lines.map((line, k) => crossing(lines[(k + 3) % 4]!, line));
    if (corners.includes(undefined)) {
      return quad;
    }
    moved = corners as unknown as Quad;
  }
  return moved;
}

function share(point: number): number {
  return CLEAR + ((1 - 2 * CLEAR) * (point + 0.5)) / POINTS;
}

/** The line near start and end that has most edge along it; the inside is to its right. */
function bestSide(colours: Colours, start: Point, end: Point, reach: number, wide: number): Line {
  const length = Math.hypot(end[0] - start[0], end[1] - start[1]);
  const out: Point = [(end[1] - start[1]) / length, -(end[0] - start[0]) / length];
  const step = reach / TRIED;
  const places = Math.max(1, Math.floor(wide / step + 0.5));
  const edges = profile(colours, start, end, [out[0] * step, out[1] * step], places);
  let [most, first, last] = [-Infinity, 0, 0];
  for (let a = -TRIED; a <= TRIED; a++) {
    for (let b = -TRIED; b <= TRIED; b++) {
      const total = summed(edges, a, b) - LAZY * (Math.abs(a) + Math.abs(b));
      if (total > most) {
        [most, first, last] = [total, a, b];
      }
    }
  }
  const at = (point: Point, places: number): Point => [
    point[0] + out[0] * step * places,
    point[1] + out[1] * step * places,
  ];
  return [at(start, first), at(end, last)];
}

/** Adds up a profile along a line, from one place at the start to another at the end. */
function summed(values: Float64Array, first: number, last: number): number {
  let total = 0;
  for (let point = 0; point < POINTS; point++) {
    const along = share(point);
    const place = first * (1 - along) + last * along + TRIED;
    const low = Math.min(Math.trunc(place), COUNT - 2);
    const i = point * COUNT + low;
    total += values[i]! * (1 - (place - low)) + values[i + 1]! * (place - low);
  }
  return total;
}

/**
 * How good a side is at points along and places across it, (POINTS, COUNT), from the inside to the outside.
 *
 * `out` leads from one place to the next; as many places as `apart` inside and outside of one are compared.
 */
function profile(colours: Colours, start: Point, end: Point, out: Point, apart: number): Float64Array {
  const places = COUNT + 5 * apart;
  const line = new Float64Array(places * 3);
  const edges = new Float64Array(POINTS * COUNT);
  for (let point = 0; point < POINTS; point++) {
    const x = start[0] + (end[0] - start[0]) * share(point);
    const y = start[1] + (end[1] - start[1]) * share(point);
    for (let k = 0; k < places; k++) {
      const away = k - TRIED - apart;
      sample(colours, x + out[0] * away, y + out[1] * away, line, k * 3);
    }
    for (let k = 0; k < COUNT; k++) {
      const here = stepAt(line, k, 2 * apart);
      const beyond = Math.min(stepAt(line, k + 3 * apart, 2 * apart) / FULL, 1);
      const edge = Math.min(here / FULL, 1);
      edges[point * COUNT + k] = edge - BEYOND * beyond + SHARPER * Math.min(here / (4 * FULL), 1);
    }
  }
  return edges;
}

/** The difference of the colour that changes most, from one place to one further outside. */
function stepAt(line: Float64Array, place: number, apart: number): number {
  let most = 0;
  for (let k = 3 * place; k < 3 * place + 3; k++) {
    most = Math.max(most, Math.abs(line[k + 3 * apart]! - line[k]!));
  }
  return most;
}

/** Where two lines, through two points each, cross; undefined where they hardly do. */
function crossing([p, q]: Line, [r, s]: Line): Point | undefined {
  const a: Point = [q[0] - p[0], q[1] - p[1]];
  const b: Point = [s[0] - r[0], s[1] - r[1]];
  const turn = a[0] * b[1] - a[1] * b[0];
  if (Math.abs(turn) < 0.1 * Math.hypot(...a) * Math.hypot(...b)) {
    return undefined;
  }
  const along = ((r[0] - p[0]) * b[1] - (r[1] - p[1]) * b[0]) / turn;
  return [p[0] + along * a[0], p[1] + along * a[1]];
}
