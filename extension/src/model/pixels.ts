/**
 * From decoded pixels to a model's input.
 *
 * The twin of `backend/data/images.py`, number for number: whoever changes a rule here changes it there. Everything is
 * integer arithmetic on 8-bit pixels. `resize` is Pillow's `BILINEAR`, bit for bit, because browsers scale differently.
 */

import type { Rectangle } from '../shared/geometry.ts';
import type { InputSpec } from './metadata.ts';

/** A decoded picture: RGBA bytes, row by row. An `ImageData` is one. Alpha is never looked at. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

const RGB = 3;
const RGBA = 4;
const DARK_LEVEL = 40; // JPEG ringing lifts a baked-in black bar up to about 30
const MIN_BAR = 2;
const JPEG_BLOCK = 8; // pixels; what lies this close to the picture may be smeared by it, and is not looked at
const PRECISION_BITS = 22; // Pillow: 32 bits, less 8 for the pixel, less 2 for overshoot
const HALF = 1 << (PRECISION_BITS - 1);

/** Crops baked-in bars and scales: (spec.height, spec.width, 3) bytes, RGB. */
export function preprocess(picture: Picture, spec: InputSpec): Uint8Array<ArrayBuffer> {
  return fit(picture, bakedBars(picture), spec);
}

/**
 * Finds the 16:9 picture between black bars that belong to the file, as in `hqdefault.jpg`.
 *
 * Only the rows (or columns) that a 16:9 picture leaves over are looked at, so a dark thumbnail is never cropped for
 * being dark. The whole box where the shape or the brightness says that there are no bars.
 */
export function bakedBars(picture: Picture): Rectangle {
  const { width, height } = picture;
  const whole = { left: 0, top: 0, right: width, bottom: height };
  const tall = 9 * width < 16 * height;
  const bar = tall ? Math.ceil((16 * height - 9 * width) / 32) : Math.ceil((9 * width - 16 * height) / 18);
  // Of a line of two or three pixels, nothing would be left.
  if (bar < MIN_BAR || 2 * bar >= (tall ? height : width)) {
    return whole;
  }
  const inner = tall
    ? { ...whole, top: bar, bottom: height - bar }
    : { ...whole, left: bar, right: width - bar };
  const clear = Math.max(1, bar - JPEG_BLOCK);
  const first = tall ? { ...whole, bottom: clear } : { ...whole, right: clear };
  const last = tall ? { ...whole, top: height - clear } : { ...whole, left: width - clear };
  return isDark(picture, first) && isDark(picture, last) ? inner : whole;
}

function isDark({ width, data }: Picture, box: Rectangle): boolean {
  let bright = 0;
  for (let y = box.top; y < box.bottom; y++) {
    const end = (y * width + box.right) * RGBA;
    for (let i = (y * width + box.left) * RGBA; i < end; i += RGBA) {
      if (data[i]! > DARK_LEVEL || data[i + 1]! > DARK_LEVEL || data[i + 2]! > DARK_LEVEL) {
        bright++;
      }
    }
  }
  return 100 * bright <= 2 * (box.right - box.left) * (box.bottom - box.top);
}

/** Scales the box of a picture to the input of a model: (spec.height, spec.width, 3) bytes, RGB. */
export function fit(picture: Picture, box: Rectangle, spec: InputSpec): Uint8Array<ArrayBuffer> {
  if (spec.fit === 'stretch') {
    return resize(picture, box, spec.height, spec.width);
  }
  const [height, width] = paddedSize(box.bottom - box.top, box.right - box.left, spec);
  const inner = resize(picture, box, height, width);
  const top = Math.floor((spec.height - height) / 2);
  const left = Math.floor((spec.width - width) / 2);
  const padded = new Uint8Array(spec.height * spec.width * RGB);
  for (let y = 0; y < height; y++) {
    const row = inner.subarray(y * width * RGB, (y + 1) * width * RGB);
    padded.set(row, ((top + y) * spec.width + left) * RGB);
  }
  return padded;
}

/** The size at which a picture fits into the input; the side that fills it first decides, halves round up. */
function paddedSize(height: number, width: number, spec: InputSpec): [number, number] {
  const scaled = (side: number, target: number, base: number): number =>
    Math.max(1, Math.floor((2 * side * target + base) / (2 * base)));
  return spec.width * height <= spec.height * width
    ? [scaled(height, spec.width, width), spec.width]
    : [spec.height, scaled(width, spec.height, height)];
}

/** Scales the box of a picture with an antialiased triangle filter: (height, width, 3) bytes, RGB. */
export function resize(picture: Picture, box: Rectangle, height: number, width: number): Uint8Array<ArrayBuffer> {
  const across = triangle(box.right - box.left, width);
  const down = triangle(box.bottom - box.top, height);
  return scaleDown(scaleAcross(picture, box, across), down, width * RGB);
}

/** For every output pixel: the first input pixel, how many of them, and their fixed-point weights (`taps` apart). */
interface Filter {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

/** Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc`, in the same order of floating-point operations. */
function triangle(inSize: number, outSize: number): Filter {
  const scale = inSize / outSize;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const weights = new Int32Array(outSize * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < outSize; i++) {
    const centre = (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(inSize, Math.trunc(centre + support + 0.5)) - from;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      const distance = Math.abs((k + from - centre + 0.5) * (1 / support));
      exact[k] = distance < 1 ? 1 - distance : 0;
      sum += exact[k]!;
    }
    for (let k = 0; k < n; k++) {
      weights[i * taps + k] = Math.trunc(0.5 + (exact[k]! / sum) * (1 << PRECISION_BITS));
    }
    first[i] = from;
    count[i] = n;
  }
  return { taps, first, count, weights };
}

// Weights are never negative and sum to 1 within rounding, so neither pass can leave 0..255 and neither clips.

/** The horizontal pass: RGBA rows of the box to RGB rows of the output's width. */
function scaleAcross({ width, data }: Picture, box: Rectangle, filter: Filter): Uint8Array {
  const { taps, first, count, weights } = filter;
  const out = new Uint8Array((box.bottom - box.top) * first.length * RGB);
  let o = 0;
  for (let y = box.top; y < box.bottom; y++) {
    const row = (y * width + box.left) * RGBA;
    for (let x = 0; x < first.length; x++) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let i = row + first[x]! * RGBA;
      const end = x * taps + count[x]!;
      for (let k = x * taps; k < end; k++, i += RGBA) {
        const weight = weights[k]!;
        red += data[i]! * weight;
        green += data[i + 1]! * weight;
        blue += data[i + 2]! * weight;
      }
      out[o++] = red >> PRECISION_BITS;
      out[o++] = green >> PRECISION_BITS;
      out[o++] = blue >> PRECISION_BITS;
    }
  }
  return out;
}

/** The vertical pass: whole rows of `stride` bytes are added up, which reads memory in order. */
function scaleDown(rows: Uint8Array, filter: Filter, stride: number): Uint8Array<ArrayBuffer> {
  const { taps, first, count, weights } = filter;
  const out = new Uint8Array(first.length * stride);
  const sums = new Int32Array(stride);
  for (let y = 0; y < first.length; y++) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]!; k++) {
      const weight = weights[y * taps + k]!;
      const row = (first[y]! + k) * stride;
      for (let x = 0; x < stride; x++) {
        sums[x]! += rows[row + x]! * weight;
      }
    }
    for (let x = 0; x < stride; x++) {
      out[y * stride + x] = sums[x]! >> PRECISION_BITS;
    }
  }
  return out;
}
