import { type Colours, gradients, median, sample } from './colours.ts';
import { inverted, type Matrix, multiplied, project } from './quad.ts';

/** Sums of edges: down the columns above each row (height + 1, width), along the rows before each column (height, width + 1). */
export interface Sums {
  readonly down: Float64Array;
  readonly across: Float64Array;
}

/** A page flattened coarsely, and how much edge is along its rows and columns. */
export interface FlatPage extends Colours {
  /** Whether the photo shows a pixel: 1 or 0. */
  readonly seen: Uint8Array;
  /** Of edges of things to the left and right (down), above and below (across), that count one pixel beside them too. */
  readonly wide: Sums;
  /** Of edges where they are. */
  readonly sharp: Sums;
  /** Of edges of both kinds. */
  readonly loud: Sums;
  /** A difference between colours from here on is one in full, in grey levels. */
  readonly step: number;
  readonly toPhoto: Matrix;
}

/** A rectangle of a flattened page. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A side of a rectangle: down or across, which way is out, the column or row that it lies in, where it starts and ends. */
export interface Side {
  readonly name: keyof Rectangle;
  readonly way: keyof Sums;
  readonly out: -1 | 1;
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

export const COARSE = 2; // pixels of the photo for one of the flattened page, in its middle
export const WHOLE = 255; // an edge in full
export const OUTSIDE = 4; // pixels outside of a side, there should be no other edge
export const LOUD = 0.5; // of an edge is lost for one there
const REACH = 0.68; // of the photo's longer side: the page is flattened so far from the photo's middle
const FULL = [4, 12] as const; // grey levels a pixel: a gradient from here on is an edge in full, at least and at most
const RESTLESS = 3; // times the gradient that is usual nearby, where there is moire, noise or much to see
const CELL = 16; // pixels: nearby is a square of so many a side
const STEP = [20, 30] as const; // grey levels: a difference between colours that is one in full, at least and at most
const STEPS = 7.5; // times the gradient that is usual in the photo: the same
const UNSEEN = 77; // of an edge is taken for granted outside of the photo

/** Flattens what a blurred photo shows, as the camera says. The twin of `backend/photo/flat_page.py`. */
export function flattenPage(photo: Colours, camera: Matrix): FlatPage {
  const [left, top, right, bottom] = bounds(camera, photo.width, photo.height);
  const toPhoto = multiplied(camera, [[COARSE, 0, left], [0, COARSE, top], [0, 0, 1]]);
  const width = Math.trunc((right - left) / COARSE);
  const height = Math.trunc((bottom - top) / COARSE);
  const seen = new Uint8Array(width * height);
  const colours = new Float64Array(3 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const [px, py] = project(toPhoto, x + 0.5, y + 0.5);
      seen[at] = px >= 0 && py >= 0 && px <= photo.width && py <= photo.height ? 1 : 0;
      sample(photo, px, py, colours, at * 3);
    }
  }
  const data = Float32Array.from(colours);
  const { upright, level, step } = edges({ width, height, data }, seen);
  const known = (plane: Float32Array, unseen: number): Float32Array =>
    plane.map((edge, i) => (seen[i] === 1 ? edge : unseen));
  const summed = (down: Float32Array, across: Float32Array): Sums => sums(down, across, width, height);
  const both = known(upright.map((edge, i) => Math.max(edge, level[i]!)), 0);
  return {
    width,
    height,
    data,
    seen,
    step,
    toPhoto,
    wide: summed(known(widened(upright, 1), UNSEEN), known(widened(level, width), UNSEEN)),
    sharp: summed(known(upright, UNSEEN), known(level, UNSEEN)),
    loud: summed(both, both),
  };
}

/** Edges of the flattened page, 0 to WHOLE, and which difference between colours is one in full. */
function edges(page: Colours, seen: Uint8Array): { upright: Float32Array; level: Float32Array; step: number } {
  const { across, down } = gradients(page);
  const strength = across.map((gx, i) => Math.hypot(gx, down[i]!));
  const full = fullEdges(strength, seen, page.width, page.height);
  // Whole numbers, so that sums are exact, here and in Python.
  const edge = (along: number, other: number, i: number): number =>
    Math.abs(along) >= Math.abs(other) ? Math.floor(Math.min(Math.abs(along) / full[i]!, 1) * WHOLE + 0.5) : 0;
  const usual = strength.filter((_, i) => seen[i] === 1);
  return {
    upright: across.map((gx, i) => edge(gx, down[i]!, i)),
    level: down.map((gy, i) => edge(gy, across[i]!, i)),
    step: usual.length === 0 ? STEP[0] : Math.min(STEP[1], Math.max(STEP[0], STEPS * median(usual))),
  };
}

/** From which gradient on an edge is one in full, at each pixel: where it is quiet, faint edges are edges too. */
function fullEdges(strength: Float32Array, seen: Uint8Array, width: number, height: number): Float32Array {
  const full = new Float32Array(strength.length);
  const here = new Float32Array(CELL * CELL);
  for (let top = 0; top < height; top += CELL) {
    for (let left = 0; left < width; left += CELL) {
      const [below, beside] = [Math.min(height, top + CELL), Math.min(width, left + CELL)];
      let count = 0;
      for (let y = top; y < below; y++) {
        for (let i = y * width + left; i < y * width + beside; i++) {
          if (seen[i] === 1) {
            here[count++] = strength[i]!;
          }
        }
      }
      const usual = count === 0 ? 0 : median(here.subarray(0, count));
      for (let y = top; y < below; y++) {
        full.fill(Math.min(FULL[1], Math.max(FULL[0], RESTLESS * usual)), y * width + left, y * width + beside);
      }
    }
  }
  return full;
}

/** What of the plane the photo shows: left, top, right, bottom around its middle, within the reach. */
function bounds(camera: Matrix, width: number, height: number): [number, number, number, number] {
  const inverse = inverted(camera);
  const reach = REACH * Math.max(width, height);
  const depth = (x: number, y: number): number => inverse[2][0] * x + inverse[2][1] * y + inverse[2][2];
  const least = 0.2 * depth(width / 2, height / 2); // below is beyond the horizon
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i <= 8; i++) {
    const share = i / 8;
    for (const [u, v] of [[share, 0], [share, 1], [0, share], [1, share]] as const) {
      if (!(depth(u * width, v * height) > least)) {
        return [-reach, -reach, reach, reach];
      }
      const [x, y] = project(inverse, u * width, v * height);
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  const within = (value: number): number => Math.min(reach, Math.max(-reach, value));
  return [within(left), within(top), within(right), within(bottom)];
}

/** Lets an edge count one pixel to either side of it too; what is beyond the picture's rim has none. */
function widened(plane: Float32Array, step: number): Float32Array {
  return plane.map((edge, i) => Math.max(edge, plane[i - step] ?? 0, plane[i + step] ?? 0));
}

function sums(upright: Float32Array, level: Float32Array, width: number, height: number): Sums {
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

/** How much edge is along a column or row from a start to before an end, 0 to 1; `beyond` is taken for it off the page. */
export function along(
  { width, height }: FlatPage,
  summed: Sums,
  way: keyof Sums,
  at: number,
  start: number,
  end: number,
  beyond = UNSEEN,
): number {
  const [length, count] = way === 'down' ? [height, width] : [width, height];
  const from = Math.min(length, Math.max(0, start));
  const to = Math.min(length, Math.max(0, end));
  if (at < 0 || at >= count || to <= from) {
    return beyond / WHOLE;
  }
  const place = (along: number): number => (way === 'down' ? along * width + at : at * (width + 1) + along);
  return (summed[way][place(to)]! - summed[way][place(from)]!) / ((to - from) * WHOLE);
}

export function sidesOf(box: Rectangle): readonly [Side, Side, Side, Side] {
  const [left, top] = [Math.floor(box.left), Math.floor(box.top)];
  const [right, bottom] = [Math.floor(box.right), Math.floor(box.bottom)];
  return [
    { name: 'left', way: 'down', out: -1, at: left, start: top, end: bottom },
    { name: 'top', way: 'across', out: -1, at: top, start: left, end: right },
    { name: 'right', way: 'down', out: 1, at: right, start: top, end: bottom },
    { name: 'bottom', way: 'across', out: 1, at: bottom, start: left, end: right },
  ];
}

/** How much edge is along the sides of a rectangle on average, less what is just outside of them. */
export function edgeAlong(page: FlatPage, box: Rectangle): number {
  let total = 0;
  for (const { way, out, at, start, end } of sidesOf(box)) {
    total += along(page, page.wide, way, at, start, end);
    total -= LOUD * along(page, page.loud, way, at + OUTSIDE * out, start, end, 0);
  }
  return total / 4;
}

/** Whether the photo shows a point of the page. */
export function isShown({ width, height, seen }: FlatPage, px: number, py: number): boolean {
  const [x, y] = [Math.floor(px), Math.floor(py)];
  return x >= 0 && y >= 0 && x < width && y < height && seen[y * width + x] === 1;
}
