import { COARSE, type FlatPage, WHOLE } from './flat-page.ts';

/** A rectangle of a flattened page, and how much edge is along it, 0 to 1. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly edge: number;
}

const NARROWEST = 0.2; // of the photo's width: no thumbnail smaller than that is what the phone is pointed at
const GROWTH = 1.035; // from one width that is tried to the next
const SHAPES = [0.9, 0.95, 1, 1.05, 1.1]; // heights that are tried, for one of 16:9: the camera is known but roughly
const UNSEEN = 77; // of an edge is taken for granted outside of the photo
const BLOCK = 8; // pixels: of the places in a block of so many a side, only the best is kept
const LEAST = 0.5; // of an edge along all sides, on average
const SAME = 0.6; // overlap (intersection over union) from which on two rectangles are one
const LOOKED_AT = 4000; // rectangles, the best
const MOST = 48; // rectangles
const SNAP = 4; // pixels

/** Sums of edges: down the columns above each row, and along the rows before each column. */
interface Sums {
  readonly down: Float64Array; // (height + 1, width)
  readonly across: Float64Array; // (height, width + 1)
}

/**
 * Finds rectangles of about 16:9 on a flattened page: every place and size is tried, and judged by its edges.
 *
 * The other half of `backend/photo/rectangles.py`.
 */
export function findRectangles(page: FlatPage, photoWidth: number): Rectangle[] {
  const { width, height, seen } = page;
  const known = (edges: Float32Array, step: number): Float32Array =>
    widened(edges, step).map((edge, i) => (seen[i] === 1 ? edge : UNSEEN));
  const sums = summed(known(page.upright, 1), known(page.level, width), width, height);
  const found: Rectangle[] = [];
  for (let wide = (NARROWEST * photoWidth) / COARSE; wide < width; wide *= GROWTH) {
    const across = Math.floor(wide + 0.5);
    for (const down of new Set(SHAPES.map((shape) => Math.floor(((across * 9) / 16) * shape + 0.5)))) {
      if (down < height) {
        found.push(...bestPlaces(sums, width, height, across, down));
      }
    }
  }
  const plain = summed(page.upright, page.level, width, height);
  return distinct(found).map((one) => snapped(one, plain, width, height));
}

/** Lets an edge count one pixel to either side of it too; what is beyond the picture's rim has none. */
function widened(edges: Float32Array, step: number): Float32Array {
  return edges.map((edge, i) => Math.max(edge, edges[i - step] ?? 0, edges[i + step] ?? 0));
}

function summed(upright: Float32Array, level: Float32Array, width: number, height: number): Sums {
  const down = new Float64Array((height + 1) * width);
  const across = new Float64Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      down[(y + 1) * width + x] = down[y * width + x]! + upright[y * width + x]!;
      across[y * (width + 1) + x + 1] = across[y * (width + 1) + x]! + level[y * width + x]!;
    }
  }
  return { down, across };
}

/** The best places, one a block, for rectangles of one size. */
function bestPlaces(sums: Sums, width: number, height: number, across: number, down: number): Rectangle[] {
  const [columns, rows] = [width - across, height - down];
  const perRow = Math.ceil(columns / BLOCK);
  const best = new Float64Array(perRow * Math.ceil(rows / BLOCK));
  const place = new Int32Array(best.length);
  const [post, beam] = [down * WHOLE, across * WHOLE];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const [upper, lower] = [y * width + x, (y + down) * width + x];
      const left = (sums.down[lower]! - sums.down[upper]!) / post;
      const right = (sums.down[lower + across]! - sums.down[upper + across]!) / post;
      const [first, last] = [y * (width + 1) + x, (y + down) * (width + 1) + x];
      const top = (sums.across[first + across]! - sums.across[first]!) / beam;
      const bottom = (sums.across[last + across]! - sums.across[last]!) / beam;
      const edge = (left + right + top + bottom) * 0.15 + Math.min(left, right, top, bottom) * 0.4;
      const block = Math.floor(y / BLOCK) * perRow + Math.floor(x / BLOCK);
      if (edge > best[block]! + 1e-9) {
        best[block] = edge;
        place[block] = y * width + x;
      }
    }
  }
  return Array.from(best).flatMap((score, block) => {
    const edge = Math.floor(score * 1e4 + 0.5) / 1e4; // equal ones stay equal
    const left = (place[block]! % width) + 0.5;
    const top = Math.floor(place[block]! / width) + 0.5;
    return edge >= LEAST ? [{ left, top, right: left + across, bottom: top + down, edge }] : [];
  });
}

/** The best of rectangles that overlap much, the best first. */
function distinct(rectangles: readonly Rectangle[]): Rectangle[] {
  const ordered = rectangles.toSorted((a, b) => b.edge - a.edge).slice(0, LOOKED_AT);
  const kept: Rectangle[] = [];
  for (const one of ordered) {
    if (kept.length < MOST && kept.every((other) => overlap(one, other) < SAME)) {
      kept.push(one);
    }
  }
  return kept;
}

/** The intersection over union of two rectangles. */
function overlap(one: Rectangle, other: Rectangle): number {
  const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  const both = Math.max(0, across) * Math.max(0, down);
  const area = ({ left, top, right, bottom }: Rectangle): number => (right - left) * (bottom - top);
  return both / (area(one) + area(other) - both);
}

/** Moves each side of a rectangle, by itself, to the row or column near it with most edge. */
function snapped(one: Rectangle, sums: Sums, width: number, height: number): Rectangle {
  const [left, top] = [Math.trunc(one.left), Math.trunc(one.top)];
  const right = Math.min(Math.trunc(one.right), width);
  const bottom = Math.min(Math.trunc(one.bottom), height);
  const upright = (x: number): number => sums.down[bottom * width + x]! - sums.down[top * width + x]!;
  const level = (y: number): number => sums.across[y * (width + 1) + right]! - sums.across[y * (width + 1) + left]!;
  return {
    left: best(one.left, width, upright),
    top: best(one.top, height, level),
    right: best(one.right, width, upright),
    bottom: best(one.bottom, height, level),
    edge: one.edge,
  };
}

function best(from: number, size: number, edge: (at: number) => number): number {
  let [most, found] = [-1, 0];
  for (let step = -SNAP; step <= SNAP; step++) {
    const at = Math.min(size - 1, Math.max(0, Math.trunc(from) + step));
    if (edge(at) > most) {
      [most, found] = [edge(at), at];
    }
  }
  return found + 0.5;
}
