import { along, COARSE, type FlatPage, LOUD, OUTSIDE, type Rectangle, type Side, sidesOf, WHOLE } from './flat-page.ts';

interface Scored {
  readonly box: Rectangle;
  readonly edge: number;
}

const NARROWEST = 0.2; // of the photo's width: no thumbnail smaller than that is what the phone is pointed at
const GROWTH = 1.035; // from one width that is tried to the next
const SHAPES = [0.95, 1, 1.05]; // heights that are tried, for one of 16:9: the camera is known but roughly
const BLOCK = 8; // pixels: of the places in a block of so many a side, only the best is kept
const LEAST = 0.1; // of an edge along all sides, on average
const LOOKED_AT = 4000; // rectangles, the best
const SAME = 0.7; // overlap (intersection over union) from which on two rectangles are one
const MOST = 150; // rectangles
const SNAP = 4; // pixels
const TINY = [8, 6] as const; // pixels across and down: what is no larger, in a small photo, is no rectangle any more

/**
 * Finds the rectangles of about 16:9 with most edge along their sides, at most 150: every place and size is tried.
 *
 * The twin of `backend/photo/rectangles.py`.
 */
export function findRectangles(page: FlatPage, photoWidth: number): Rectangle[] {
  const edges: Edges = {
    left: lessOutside(page, 'down', -1),
    right: lessOutside(page, 'down', 1),
    top: lessOutside(page, 'across', -1),
    bottom: lessOutside(page, 'across', 1),
  };
  const found: Scored[] = [];
  for (let wide = (NARROWEST * photoWidth) / COARSE; wide < page.width; wide *= GROWTH) {
    const across = Math.floor(wide + 0.5);
    for (const down of new Set(SHAPES.map((shape) => Math.floor(((across * 9) / 16) * shape + 0.5)))) {
      if (down < page.height) {
        found.push(...bestPlaces(edges, page, across, down));
      }
    }
  }
  const boxes = distinct(found).map((box) => snapped(page, box));
  return boxes.filter(({ left, top, right, bottom }) => right - left > TINY[0] && bottom - top > TINY[1]);
}

/** Sums of edges less those just outside, for each side. */
interface Edges {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly top: Float64Array;
  readonly bottom: Float64Array;
}

function lessOutside({ width, height, wide, loud }: FlatPage, way: 'down' | 'across', out: -1 | 1): Float64Array {
  const [columns, rows] = way === 'down' ? [width, height + 1] : [width + 1, height];
  const [dx, dy] = way === 'down' ? [out * OUTSIDE, 0] : [0, out * OUTSIDE];
  const less = wide[way].slice();
  for (let y = Math.max(0, -dy); y < Math.min(rows, rows - dy); y++) {
    for (let x = Math.max(0, -dx); x < Math.min(columns, columns - dx); x++) {
      less[y * columns + x]! -= LOUD * loud[way][(y + dy) * columns + x + dx]!;
    }
  }
  return less;
}

/** The best places, one a block, for rectangles of one size. */
function bestPlaces(edges: Edges, { width, height }: FlatPage, across: number, down: number): Scored[] {
  const { left, right, top, bottom } = edges;
  const [columns, rows] = [width - across, height - down];
  const perRow = Math.ceil(columns / BLOCK);
  const best = new Float64Array(perRow * Math.ceil(rows / BLOCK));
  const place = new Int32Array(best.length);
  const [post, beam] = [1 / (4 * down * WHOLE), 1 / (4 * across * WHOLE)];
  for (let y = 0; y < rows; y++) {
    const blocks = Math.floor(y / BLOCK) * perRow;
    for (let x = 0; x < columns; x++) {
      const upper = y * width + x;
      const lower = upper + down * width;
      const first = upper + y; // rows of sums are one longer
      const last = lower + y + down;
      const posts = left[lower]! - left[upper]! + right[lower + across]! - right[upper + across]!;
      const beams = top[first + across]! - top[first]! + bottom[last + across]! - bottom[last]!;
      const edge = posts * post + beams * beam;
      const block = blocks + Math.floor(x / BLOCK);
      if (edge > best[block]! + 1e-7) {
        best[block] = edge;
        place[block] = upper;
      }
    }
  }
  const found: Scored[] = [];
  best.forEach((score, block) => {
    const edge = Math.floor(score * 1e4 + 0.5) / 1e4; // equal ones stay equal
    if (edge >= LEAST) {
      const x = (place[block]! % width) + 0.5;
      const y = Math.floor(place[block]! / width) + 0.5;
      found.push({ box: { left: x, top: y, right: x + across, bottom: y + down }, edge });
    }
  });
  return found;
}

/** The best of rectangles that overlap much, the best first. */
function distinct(rectangles: readonly Scored[]): Rectangle[] {
  const ordered = rectangles.toSorted((a, b) => b.edge - a.edge).slice(0, LOOKED_AT);
  const kept: Rectangle[] = [];
  for (const { box } of ordered) {
    if (kept.length === MOST) {
      break;
    }
    if (kept.every((other) => overlap(box, other) < SAME)) {
      kept.push(box);
    }
  }
  return kept;
}

/** The intersection over union of two rectangles. */
export function overlap(one: Rectangle, other: Rectangle): number {
  const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  const both = Math.max(0, across) * Math.max(0, down);
  return both / (areaOf(one) + areaOf(other) - both);
}

export function areaOf({ left, top, right, bottom }: Rectangle): number {
  return (right - left) * (bottom - top);
}

/** Moves each side of a rectangle, by itself, to the row or column near it with most edge. */
function snapped(page: FlatPage, box: Rectangle): Rectangle {
  const moved = { ...box };
  for (const { name, way, at, start, end } of sidesOf(box)) {
    const last = (way === 'down' ? page.width : page.height) - 1;
    let most = -1;
    for (let step = -SNAP; step <= SNAP; step++) {
      const place = Math.min(last, Math.max(0, at + step));
      const edge = along(page, page.sharp, way, place, start, end);
      if (edge > most) {
        [most, moved[name]] = [edge, place + 0.5];
      }
    }
  }
  return moved;
}

const PEAKS = 3; // places of a side that are tried
const KEPT = 40; // rectangles near one
const REACH = 0.22; // of its height: a side is tried so far away
const LEAST_REACH = 4; // pixels
const SQUEEZED = 0.07; // of 16:9: by no more may a rectangle differ from it
const IMPLIED = 0.2; // of an edge, for a side that is where it has to be for 16:9

/** Where a side may be, and how much edge is along it. */
type Place = readonly [number, number];

/**
 * Tries the sides of a rectangle at other edges near it, each by itself, at most three each; at most forty rectangles.
 *
 * One of the four may be without an edge, where the other three say where it is.
 */
export function nearRectangles(page: FlatPage, box: Rectangle): Rectangle[] {
  const found = new Map<string, Scored>();
  for (const one of composed(sidesOf(box).map((side) => sidePlaces(page, box, side)))) {
    const { left, top, right, bottom } = one.box;
    const [across, down] = [right - left, bottom - top];
    if (across > TINY[0] && down > TINY[1] && Math.abs(((across / down) * 9) / 16 - 1) <= SQUEEZED) {
      const key = [left, top, right, bottom].map((side) => Math.trunc(side)).join();
      const known = found.get(key);
      if (known === undefined || one.edge > known.edge) {
        found.set(key, one);
      }
    }
  }
  const best = [...found.values()].sort((a, b) => b.edge - a.edge).slice(0, KEPT);
  return best.map((one) => one.box);
}

/** Where a side has most edge, near where it is, less what is just outside. */
function sidePlaces(page: FlatPage, box: Rectangle, { way, out, at, start, end }: Side): Place[] {
  const far = Math.max(LEAST_REACH, Math.trunc(REACH * (Math.floor(box.bottom) - Math.floor(box.top))));
  const first = Math.max(0, at - far);
  const last = Math.min((way === 'down' ? page.width : page.height) - 1, at + far);
  const edges: number[] = [];
  for (let line = first; line <= last; line++) {
    const edge =
      along(page, page.wide, way, line, start, end) +
      0.5 * along(page, page.sharp, way, line, start, end) -
      LOUD * along(page, page.loud, way, line + OUTSIDE * out, start, end, 0);
    edges.push(Math.floor(edge * 1e4 + 0.5) / 1e4); // equal ones stay equal
  }
  const peaks = edges.flatMap((edge, k) =>
    edge >= Math.max(...edges.slice(Math.max(0, k - 2), k + 3)) ? [[first + k + 0.5, edge] as const] : [],
  );
  return peaks.sort((a, b) => b[1] - a[1]).slice(0, PEAKS);
}

/** Composes rectangles of places of their sides: of all four, or of three that say where the fourth is. */
function* composed(places: readonly Place[][]): Generator<Scored> {
  const [lefts, tops, rights, bottoms] = places as [Place[], Place[], Place[], Place[]];
  for (const [left, a] of lefts) {
    for (const [right, b] of rights) {
      const high = ((right - left) * 9) / 16;
      for (const [top, c] of tops) {
        yield { box: { left, top, right, bottom: Math.floor(top + high) + 0.5 }, edge: a + b + c + IMPLIED };
        for (const [bottom, d] of bottoms) {
          yield { box: { left, top, right, bottom }, edge: a + b + c + d };
        }
      }
      for (const [bottom, d] of bottoms) {
        yield { box: { left, top: Math.floor(bottom - high) + 0.5, right, bottom }, edge: a + b + d + IMPLIED };
      }
    }
  }
  for (const [top, c] of tops) {
    for (const [bottom, d] of bottoms) {
      const across = ((bottom - top) * 16) / 9;
      for (const [left, a] of lefts) {
        yield { box: { left, top, right: Math.floor(left + across) + 0.5, bottom }, edge: a + c + d + IMPLIED };
      }
      for (const [right, b] of rights) {
        yield { box: { left: Math.floor(right - across) + 0.5, top, right, bottom }, edge: b + c + d + IMPLIED };
      }
    }
  }
}
