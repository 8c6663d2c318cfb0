/** Means of classes, and what varies within them: matrices lie row after row. */

/** Thumbnails of which only their sum is kept. */
export interface RunningSum {
  readonly count: number;
  /** (components,), of places as numbers. */
  readonly total: Float64Array;
}

/** A class's mean over its places and what was added, and how many they are. */
export interface Mean {
  readonly mean: Float64Array;
  readonly count: number;
}

export function meanOf(rows: readonly Float64Array[], added: RunningSum | null, components: number): Mean {
  const sum = added === null ? new Float64Array(components) : Float64Array.from(added.total);
  for (const row of rows) {
    for (let i = 0; i < components; i++) {
      sum[i]! += row[i]!;
    }
  }
  const count = rows.length + (added?.count ?? 0);
  return { mean: sum.map((value) => value / count), count };
}

/** Adds to a scatter what varies among rows; how many degrees of freedom they have. */
export function addScatter(scatter: Float64Array, rows: readonly Float64Array[]): number {
  if (rows.length < 2) {
    return 0;
  }
  const size = rows[0]!.length;
  const { mean } = meanOf(rows, null, size);
  const away = new Float64Array((size + 1) * rows.length); // component by component, and one of zeros
  rows.forEach((row, k) => {
    for (let i = 0; i < size; i++) {
      away[i * rows.length + k] = row[i]! - mean[i]!;
    }
  });
  addProducts(scatter, size, away, rows.length);
  return rows.length - 1;
}

/**
 * Adds the products of components, summed over `count` thumbnails; right in the lower half alone. Two by two of them at
 * once: each number that is read is multiplied twice, and four sums are written together.
 */
function addProducts(scatter: Float64Array, size: number, away: Float64Array, count: number): void {
  for (let i = 0; i < size; i += 2) {
    for (let j = 0; j <= i; j += 2) {
      let both = 0;
      let right = 0;
      let lower = 0;
      let last = 0;
      for (let k = i * count, m = j * count, end = k + count; k < end; k++, m++) {
        const row = away[k]!;
        const below = away[k + count]!;
        const column = away[m]!;
        const beside = away[m + count]!;
        both += row * column;
        right += row * beside;
        lower += below * column;
        last += below * beside;
      }
      scatter[i * size + j]! += both;
      if (j < i) {
        scatter[i * size + j + 1]! += right;
      }
      if (i + 1 < size) {
        scatter[(i + 1) * size + j]! += lower;
        scatter[(i + 1) * size + j + 1]! += last;
      }
    }
  }
}

export function difference(a: Float64Array, b: Float64Array): Float64Array {
  const away = new Float64Array(a.length);
  for (let i = 0; i < away.length; i++) {
    away[i] = a[i]! - b[i]!;
  }
  return away;
}

/** The covariance with shrinkage towards the mean of the variances, of which Cholesky reads the lower half alone. */
export function covariance(scatter: Float64Array, share: number, shrinkage: number): Float64Array {
  const size = Math.sqrt(scatter.length);
  let trace = 0;
  for (let i = 0; i < size; i++) {
    trace += scatter[i * size + i]!;
  }
  const matrix = scatter.map((value) => value * share);
  const level = (share / (1 - shrinkage)) * shrinkage * (trace / size);
  for (let i = 0; i < size; i++) {
    matrix[i * size + i]! += level;
  }
  return matrix;
}
