import { type Colours, gradients, median } from './colours.ts';

/** A straight segment: its middle, its direction (of length 1), and its length, in pixels. */
export interface Segment {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly length: number;
}

const BINS = 8; // of directions, 45 degrees each, laid twice, half a bin apart
const SHORTEST = 10; // pixels
const SLIMMEST = 3.5; // times longer than wide
const FAINT = 5; // grey levels a pixel: weaker gradients are noise

/**
 * Finds the straight segments of a blurred picture: neighbouring pixels whose gradients point the same way, as lines.
 *
 * The twin of `backend/photo/segments.py`. A segment that lies between two bins of directions is found twice.
 */
export function findSegments(colours: Colours): Segment[] {
  const { across, down } = gradients(colours);
  const strength = across.map((gx, i) => Math.hypot(gx, down[i]!));
  const least = Math.max(FAINT, 1.5 * median(strength));
  const bins = new Int8Array(strength.length);
  return [0, 0.5].flatMap((shift) => {
    for (let i = 0; i < bins.length; i++) {
      const turn = (Math.atan2(down[i]!, across[i]!) / (2 * Math.PI) + 1) * BINS;
      bins[i] = strength[i]! > least ? Math.floor(turn + shift) % BINS : -1;
    }
    return connected(bins, colours.width).flatMap((pixels) => fitted(pixels, strength, colours.width));
  });
}

/** Takes the connected pixels, eight neighbours each, of every bin out of `bins`. */
function connected(bins: Int8Array, width: number): number[][] {
  const found: number[][] = [];
  for (let start = 0; start < bins.length; start++) {
    const bin = bins[start]!;
    if (bin < 0) {
      continue;
    }
    const pixels = [start];
    bins[start] = -1;
    // The picture's rim has no gradient, so no pixel here is on it.
    for (const pixel of pixels) {
      for (let dy = -width; dy <= width; dy += width) {
        for (let other = pixel + dy - 1; other <= pixel + dy + 1; other++) {
          if (bins[other] === bin) {
            bins[other] = -1;
            pixels.push(other);
          }
        }
      }
    }
    found.push(pixels);
  }
  return found;
}

/** Fits a line to pixels by their moments, weighted by the gradient; nothing where they are not long and slim. */
function fitted(pixels: readonly number[], strength: Float32Array, width: number): Segment[] {
  let [mass, x, y] = [0, 0, 0];
  for (const pixel of pixels) {
    const weight = strength[pixel]!;
    mass += weight;
    x += weight * ((pixel % width) + 0.5);
    y += weight * (Math.floor(pixel / width) + 0.5);
  }
  x /= mass;
  y /= mass;
  let [xx, xy, yy] = [0, 0, 0];
  for (const pixel of pixels) {
    const weight = strength[pixel]! / mass;
    const dx = (pixel % width) + 0.5 - x;
    const dy = Math.floor(pixel / width) + 0.5 - y;
    xx += weight * dx * dx;
    xy += weight * dx * dy;
    yy += weight * dy * dy;
  }
  const half = (xx + yy) / 2;
  const root = Math.hypot((xx - yy) / 2, xy);
  const length = Math.sqrt(12 * (half + root));
  const wide = Math.sqrt(12 * Math.max(half - root, 0)) + 1;
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  return length >= SHORTEST && length >= SLIMMEST * wide
    ? [{ x, y, dx: Math.cos(angle), dy: Math.sin(angle), length }]
    : [];
}
