/** How alike styles are, seen from the middle of random thumbnails; as backend/models/channel_fit.py has it. */

import { SHRINKAGE } from './channel-fit.ts';
import { cholesky, dot, solve, squaredLengths } from './cholesky.ts';
import { difference, flat } from './scatter.ts';
import { classCount, numbersOf, type Place, type StylePrior } from './style-prior.ts';

const LIKE = 0.85; // of parts of one channel 99 in 100 are above it, of two channels 1 in 1000 (docs/experiments.md)
const SHORTEST = 0.1; // of a mean's squared length, at least, is not chance

const factors = new WeakMap<StylePrior, Float64Array>();

/** The real channels of the prior whose style this is, in all likelihood the same channel; of a single place nothing is said. */
export function likeClasses(prior: StylePrior, places: readonly Place[]): number[] {
  if (places.length < 2) {
    return [];
  }
  const { means, layout, lengths, step } = prior;
  const factor = factorOf(prior);
  const random = means.subarray((classCount(layout) - 1) * step.length);
  const rows = places.map((place) => numbersOf(prior, place));
  const mean = random.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
  const away = mean.map((value, i) => value - random[i]!);
  const direction = solve(factor, away, step.length)[0]!;
  const length = Math.sqrt(lengthOf(dot(away, direction), rows, mean, factor));
  return layout.near.flatMap((_, label) => {
    const other = random.map((value, i) => means[label * step.length + i]! - value);
    return dot(direction, other) / (length * lengths[label]!) > LIKE ? [label] : [];
  });
}

/** The square of a mean's length without what chance adds to it. */
function lengthOf(square: number, rows: readonly Float64Array[], mean: Float64Array, factor: Float64Array): number {
  const away = flat(rows.map((row) => difference(row, mean)));
  const spread = squaredLengths(factor, away, mean.length).reduce((sum, value) => sum + value, 0);
  return Math.max(square - spread / (rows.length - 1) / rows.length, SHORTEST * square);
}

/** What varies within the prior's own classes, as a factor. */
function factorOf(prior: StylePrior): Float64Array {
  let factor = factors.get(prior);
  if (factor === undefined) {
    const { scatter, step, layout } = prior;
    const size = step.length;
    const share = (1 - SHRINKAGE) / layout.rows;
    const trace = step.reduce((sum, _, i) => sum + scatter[i * size + i]!, 0);
    const level = (SHRINKAGE * trace) / (size * layout.rows);
    const matrix = scatter.map((value, i) => value * share + (i % (size + 1) === 0 ? level : 0));
    factor = cholesky(matrix, size);
    factors.set(prior, factor);
  }
  return factor;
}
