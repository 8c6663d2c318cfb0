/** What a photo shows inside four corners, flattened. The twin of `backend/photo/rectify.py`, number for number. */

import type { Picture } from '../model/pixels.ts';
import type { Size } from '../shared/geometry.ts';
import { fromUnitSquare, isConvex, type Quad, sizeOf } from './quad.ts';

/** A picture of our own making, RGBA. */
export interface Flat extends Picture {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

const RGBA = 4;
const MOST_SAMPLES = 4; // a side, for each pixel

/** The 16:9 size at which a quadrilateral is best flattened: no smaller than it is, up to 1280 pixels. */
export function flatSize(quad: Quad): Size {
  const { width, height } = sizeOf(quad);
  const across = Math.min(80, Math.max(8, Math.ceil(Math.max(width, (height * 16) / 9) / 16)));
  return { width: across * 16, height: across * 9 };
}

/**
 * Flattens what a photo shows inside a quadrilateral, opaque.
 *
 * A pixel is the mean of bilinear samples, as many a side as the photo has pixels
 * there; outside of the photo, its edge goes on. Throws RangeError for corners that make no convex quadrilateral.
 */
export function rectify(picture: Picture, quad: Quad, width: number, height: number): Flat {
  if (!isConvex(quad)) {
    throw new RangeError(`the corners ${JSON.stringify(quad)} make no convex quadrilateral, clockwise from top-left`);
  }
  const size = sizeOf(quad);
  const samples = Math.min(MOST_SAMPLES, Math.max(1, Math.round(Math.max(size.width / width, size.height / height))));
  const [[a, b, c], [d, e, f], [g, h]] = fromUnitSquare(quad);
  const data = new Uint8ClampedArray(width * height * RGBA);
  const sum: Sum = [0, 0, 0];
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sum.fill(0);
      for (let k = 0; k < samples * samples; k++) {
        const u = (x + ((k % samples) + 0.5) / samples) / width;
        const v = (y + (Math.floor(k / samples) + 0.5) / samples) / height;
        const w = g * u + h * v + 1;
        addSample(picture, (a * u + b * v + c) / w, (d * u + e * v + f) / w, sum);
      }
      for (let i = 0; i < 3; i++) {
        data[o++] = Math.floor(sum[i]! / (samples * samples) + 0.5);
      }
      data[o++] = 255;
    }
  }
  return { width, height, data };
}

type Sum = [number, number, number];

/** Adds the colour at a point, between the middles of pixels. */
function addSample({ width, height, data }: Picture, px: number, py: number, sum: Sum): void {
  const x = Math.min(width - 1, Math.max(0, px - 0.5));
  const y = Math.min(height - 1, Math.max(0, py - 0.5));
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = Math.min(width - 1, left + 1);
  const bottom = Math.min(height - 1, top + 1);
  const across = x - left;
  const down = y - top;
  for (let i = 0; i < 3; i++) {
    const at = (column: number, row: number): number => data[(row * width + column) * RGBA + i]!;
    const upper = at(left, top) * (1 - across) + at(right, top) * across;
    const lower = at(left, bottom) * (1 - across) + at(right, bottom) * across;
    sum[i]! += upper * (1 - down) + lower * down;
  }
}
