import { type Colours, gradients, median, sample } from './colours.ts';
import { inverted, type Matrix, multiplied, project } from './quad.ts';

/** A page flattened coarsely. */
export interface FlatPage extends Colours {
  /** Edges of things to the left and right at each pixel, 0 to WHOLE. */
  readonly upright: Float32Array;
  /** Edges of things above and below. */
  readonly level: Float32Array;
  /** Whether the photo shows it: 1 or 0. */
  readonly seen: Uint8Array;
  /** The gradient of an edge in full, in grey levels a pixel. */
  readonly full: number;
  readonly toPhoto: Matrix;
}

export const COARSE = 2; // pixels of the photo for one of the flattened page, in its middle
export const WHOLE = 255; // an edge in full
const REACH = 0.68; // of the photo's longer side: the page is flattened so far from the photo's middle
const FULL = [8, 12] as const; // grey levels a pixel: a gradient from here on is an edge in full, at least and at most
const RESTLESS = 3; // times the gradient that is usual in the photo, where it has moire, noise or much to see

/** Flattens what a blurred photo shows, as the camera says. Half of `backend/photo/rectangles.py`. */
export function flattenPage(photo: Colours, camera: Matrix): FlatPage {
  const [left, top, right, bottom] = bounds(camera, photo.width, photo.height);
  const toPhoto = multiplied(camera, [[COARSE, 0, left], [0, COARSE, top], [0, 0, 1]]);
  const width = Math.trunc((right - left) / COARSE);
  const height = Math.trunc((bottom - top) / COARSE);
  const data = new Float32Array(width * height * 3);
  const seen = new Uint8Array(width * height);
  const colour = new Float64Array(3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const [px, py] = project(toPhoto, x + 0.5, y + 0.5);
      seen[at] = px >= 0 && py >= 0 && px <= photo.width && py <= photo.height ? 1 : 0;
      sample(photo, px, py, colour, 0);
      data.set(colour, at * 3);
    }
  }
  return { width, height, data, seen, toPhoto, ...edges({ width, height, data }, seen) };
}

/** Edges of the flattened page, and from which gradient on they are edges in full. */
function edges(page: Colours, seen: Uint8Array): { upright: Float32Array; level: Float32Array; full: number } {
  const { across, down } = gradients(page);
  const strength = across.map((gx, i) => Math.hypot(gx, down[i]!)).filter((_, i) => seen[i] === 1);
  const full = Math.min(FULL[1], Math.max(FULL[0], RESTLESS * median(strength)));
  // Whole numbers, so that sums are exact, here and in Python.
  const edge = (along: number, other: number): number =>
    Math.abs(along) >= Math.abs(other) ? Math.floor(Math.min(Math.abs(along) / full, 1) * WHOLE + 0.5) : 0;
  return {
    upright: across.map((gx, i) => edge(gx, down[i]!)),
    level: down.map((gy, i) => edge(gy, across[i]!)),
    full,
  };
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
