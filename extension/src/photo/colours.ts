import type { Picture } from '../model/pixels.ts';

/** A picture as numbers, three for each pixel, row by row. */
export interface Colours {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** The gradient across and down at each pixel. */
export interface Gradients {
  readonly across: Float32Array;
  readonly down: Float32Array;
}

const RGB = 3;
const RGBA = 4;

/** Stretches a picture's levels to 0..255: what was exposed too short has its edges too. */
export function stretched({ width, height, data }: Picture, low: number, high: number): Colours {
  const out = new Float32Array(width * height * RGB);
  for (let i = 0, o = 0; o < out.length; i += RGBA) {
    for (let k = 0; k < RGB; k++) {
      out[o++] = ((Math.min(high, Math.max(low, data[i + k]!)) - low) * 255) / (high - low);
    }
  }
  return { width, height, data: out };
}

/** Blurs with the binomial 1 4 6 4 1 both ways; the edge goes on outside. */
export function blurred({ width, height, data }: Colours): Colours {
  const down = along(data, height, width * RGB, 1, width * RGB);
  return { width, height, data: along(down, width, RGB, height, width * RGB) };
}

/** Blurs `lines` lines, `apart` numbers from one to the next, of `length` steps of `step` numbers each. */
function along(data: Float32Array, length: number, step: number, lines: number, apart: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let line = 0; line < lines; line++) {
    for (let at = 0; at < length; at++) {
      const [a, b, c, d, e] = [-2, -1, 0, 1, 2].map(
        (k) => line * apart + Math.min(length - 1, Math.max(0, at + k)) * step,
      ) as [number, number, number, number, number];
      for (let k = 0; k < step; k++) {
        out[c + k] = (data[a + k]! + data[e + k]! + 4 * (data[b + k]! + data[d + k]!) + 6 * data[c + k]!) / 16;
      }
    }
  }
  return out;
}

/** The gradient of whichever colour changes most; nought on the picture's edge. */
export function gradients({ width, height, data }: Colours): Gradients {
  const across = new Float32Array(width * height);
  const down = new Float32Array(width * height);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      let most = -1;
      for (let k = at * RGB; k < at * RGB + RGB; k++) {
        const gx = (data[k + RGB]! - data[k - RGB]!) / 2;
        const gy = (data[k + width * RGB]! - data[k - width * RGB]!) / 2;
        if (gx * gx + gy * gy > most) {
          most = gx * gx + gy * gy;
          across[at] = gx;
          down[at] = gy;
        }
      }
    }
  }
  return { across, down };
}

/** Writes the colour at a point, between the middles of pixels, to `out`; the edge goes on outside. */
export function sample({ width, height, data }: Colours, px: number, py: number, out: Float64Array, o: number): void {
  const x = Math.min(width - 1, Math.max(0, px - 0.5));
  const y = Math.min(height - 1, Math.max(0, py - 0.5));
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = left < width - 1 ? RGB : 0;
  const below = top < height - 1 ? width * RGB : 0;
  const across = x - left;
  const down = y - top;
  for (let k = 0; k < RGB; k++) {
    const i = (top * width + left) * RGB + k;
    const upper = data[i]! * (1 - across) + data[i + right]! * across;
    const lower = data[i + below]! * (1 - across) + data[i + below + right]! * across;
    out[o + k] = upper * (1 - down) + lower * down;
  }
}

/** The middle of numbers by size, or the mean of the two in the middle. */
export function median(values: Float32Array | Float64Array): number {
  const sorted = values.slice().sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
