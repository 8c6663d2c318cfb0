/** What is told of many measurements. */

/** Milliseconds: the median, and where nine tenths of all lie. */
export interface Spread {
  median: number;
  p5: number;
  p95: number;
  n: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const at = (share: number): number => rounded(quantile(values, share));
  return { median: at(0.5), p5: at(0.05), p95: at(0.95), n: values.length };
}

/** Between two neighbours in proportion, as NumPy does it. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return below + (above - below) * (place - Math.floor(place));
}

/** One median by another. */
export function ratio(one: Spread, other: Spread): number {
  return rounded(one.median / other.median);
}

/** To three digits after the point, which is finer than any of our clocks. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
