/**
 * Where in a picture the evidence for a channel lies: gradient times activation, summed over a tap's channels, less what
 * a typical picture has there. The twin of backend/explain/gradcam.py, whose maps these are within a thousandth.
 *
 * A head is linear over features, which are means and standard deviations of the taps' channels, and colours. So a
 * logit's gradient by the features is a column of the head, and all else follows in closed form.
 */

/** A tap of one picture. `typical`: what a typical picture's tap adds to the logit. */
export interface Tap {
  /** (height, width, channels), row by row. */
  readonly activation: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly typical: number;
}

/** The arrays of a head: kernels (features, classes) and biases (classes,); the gate is of one class. */
export interface LinearHead {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /** Between the head for pictures as files hold them and the one for photos of screens. */
  readonly gate: Readonly<Record<'kernel' | 'bias' | 'photoKernel' | 'photoBias', Float32Array>> | null;
}

/** The space in which channels are learnt here, as in `StylePrior`. */
export interface LearntSpace {
  readonly mean: Float32Array;
  readonly scale: Float32Array;
  readonly basis: Int8Array;
  readonly basisStep: Float32Array;
}

/** A logit's gradient by the features. */
export type Gradient = Float64Array;

const TINY = 1e-9;

/** The gradient of a class's logit at the features of a picture, as backend/models/photo_gate.py has it. */
export function headGradient({ kernel, bias, gate }: LinearHead, features: Float32Array, target: number): Gradient {
  const classes = bias.length;
  const column = (of: Float32Array): Gradient => Float64Array.from(features, (_, i) => of[i * classes + target]!);
  const plain = column(kernel);
  if (gate === null) {
    return plain;
  }
  const apart = column(gate.photoKernel).map((value, i) => value - plain[i]!);
  const further = dot(features, apart) + gate.photoBias[target]! - bias[target]!;
  const opened = 1 / (1 + Math.exp(-dot(features, gate.kernel) - gate.bias[0]!));
  const slope = opened * (1 - opened) * further; // of the gate itself
  return plain.map((value, i) => value + opened * apart[i]! + slope * gate.kernel[i]!);
}

/** The gradient of the score of a channel that was learnt here: its kernel, (components,), through the prior's basis. */
export function learntGradient({ scale, basis, basisStep }: LearntSpace, kernel: Float64Array): Gradient {
  const weights = kernel.map((value, component) => value * basisStep[component]!);
  return Float64Array.from(scale, (size, feature) => {
    const row = feature * weights.length;
    return weights.reduce((sum, weight, component) => sum + weight * basis[row + component]!, 0) / size;
  });
}

/** What each tap's features add to a logit; those of a typical picture are given. */
export function typicalOf(gradient: Gradient, features: Float32Array, taps: readonly { channels: number }[]): number[] {
  let start = 0;
  return taps.map(({ channels }) => {
    const part = [start, (start += 2 * channels)] as const;
    return dot(features.subarray(...part), gradient.subarray(...part));
  });
}

/** How much each place of the input speaks for the target, (height, width): 1 where most, 0 where nothing does. */
export function gradcam(
  taps: readonly Tap[],
  features: Float32Array,
  gradient: Gradient,
  { height, width }: { readonly height: number; readonly width: number },
): Float32Array {
  const total = new Float64Array(height * width);
  let start = 0;
  for (const tap of taps) {
    const places = tap.height * tap.width;
    const enlarged = enlarge(evidenceOf(tap, features.subarray(start), gradient.subarray(start)), tap, height, width);
    enlarged.forEach((value, i) => (total[i]! += value * places)); // per area, so that a tap keeps its sum
    start += 2 * tap.channels;
  }
  const most = Math.max(total.reduce((highest, value) => Math.max(highest, value), 0), TINY);
  return Float32Array.from(total, (value) => Math.max(0, value) / most);
}

/**
 * A tap's map, (height, width). The gradient of a mean is 1 / n at each of its n positions, and that of a standard
 * deviation (activation - mean) / (n * standard deviation): a slope and a level for each channel.
 */
function evidenceOf({ activation, height, width, channels, typical }: Tap, features: Float32Array, gradient: Gradient): Float64Array {
  const places = height * width;
  const slopes = new Float64Array(channels);
  const levels = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    slopes[c] = gradient[channels + c]! / features[channels + c]! / places;
    levels[c] = gradient[c]! / places - slopes[c]! * features[c]!;
  }
  const map = new Float64Array(places).fill(-typical / places);
  for (let place = 0, i = 0; place < places; place++) {
    let sum = 0;
    for (let c = 0; c < channels; c++, i++) {
      const value = activation[i]!;
      sum += (slopes[c]! * value + levels[c]!) * value;
    }
    map[place]! += sum;
  }
  return map;
}

/** Scales a map up bilinearly, as Pillow does: what lies outside is as the edge. */
function enlarge(map: Float64Array, from: { height: number; width: number }, height: number, width: number): Float64Array {
  const across = neighbours(from.width, width);
  const down = neighbours(from.height, height);
  const larger = new Float64Array(height * width);
  down.forEach(([top, bottom, low], y) => {
    across.forEach(([left, right, far], x) => {
      const row = (start: number): number => map[start + left]! * (1 - far) + map[start + right]! * far;
      larger[y * width + x] = row(top * from.width) * (1 - low) + row(bottom * from.width) * low;
    });
  });
  return larger;
}

/** Of each place of a longer line: the two of the shorter one around its middle, and how far it is to the second. */
function neighbours(from: number, to: number): [number, number, number][] {
  return Array.from({ length: to }, (_, i) => {
    const middle = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const first = Math.floor(middle);
    return [first, Math.min(first + 1, from - 1), middle - first];
  });
}

function dot(a: Float32Array, b: Float32Array | Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
