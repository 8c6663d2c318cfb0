/** Means of classes, and what varies within them: matrices lie row after row. */

const PAIR = 2 ** 26;
const AT_ONCE = 256; // thumbnails; 127 * 127 * 2,080 is the most that half of PAIR holds
const BLOCK = 32; // components

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
  const sum = added === null ? new Float64Array(components) : added.total.slice();
  for (const row of rows) {
    for (let i = 0; i < components; i++) {
      sum[i]! += row[i]!;
    }
  }
  const count = rows.length + (added?.count ?? 0);
  return { mean: sum.map((value) => value / count), count };
}

/**
 * Adds to a scatter what varies within classes, given as the levels of their thumbnails; how many degrees of freedom
 * they have. Right in the lower half alone.
 */
export function addScatter(scatter: Float64Array, classes: readonly (readonly Int8Array[])[], step: Float32Array): number {
  const size = step.length;
  const within = new Float64Array(size * size);
  const all = classes.flat();
  for (let start = 0; start < all.length; start += AT_ONCE) {
    addLevelProducts(within, all.slice(start, start + AT_ONCE), size);
  }
  classes.forEach((levels) => subtractMean(within, levels, size));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      scatter[i * size + j]! += within[i * size + j]! * step[i]! * step[j]!;
    }
  }
  return classes.reduce((sum, { length }) => sum + Math.max(0, length - 1), 0);
}

/**
 * Adds the products of components, summed over some thumbnails. A sum of at most AT_ONCE products of levels is a whole
 * number below half of PAIR, so that one multiplication makes two of them: of a component with two that lie in one number.
 */
function addLevelProducts(within: Float64Array, levels: readonly Int8Array[], size: number): void {
  const count = levels.length;
  const single = new Float64Array(size * count);
  const pairs = new Float64Array(Math.ceil(size / 2) * count);
  levels.forEach((row, k) => {
    for (let i = 0; i < size; i++) {
      single[i * count + k] = row[i]!;
      pairs[(i >> 1) * count + k]! += row[i]! * (i % 2 === 0 ? 1 : PAIR);
    }
  });
  for (let start = 0; start < size; start += BLOCK) {
    const end = Math.min(start + BLOCK, size);
    const width = Math.ceil(end / 2);
    const sums = rowProducts(single.subarray(start * count, end * count), pairs.subarray(0, width * count), count);
    for (let i = start; i < end; i++) {
      for (let j = 0; j <= i; j += 2) {
        const both = sums[(i - start) * width + j / 2]!;
        const second = Math.round(both / PAIR);
        within[i * size + j]! += both - second * PAIR;
        if (j < i) {
          within[i * size + j + 1]! += second;
        }
      }
    }
  }
}

function subtractMean(within: Float64Array, levels: readonly Int8Array[], size: number): void {
  const total = new Float64Array(size);
  for (const row of levels) {
    for (let i = 0; i < size; i++) {
      total[i]! += row[i]!;
    }
  }
  for (let i = 0; i < size; i++) {
    const mean = total[i]! / Math.max(1, levels.length);
    for (let j = 0; j <= i; j++) {
      within[i * size + j]! -= mean * total[j]!;
    }
  }
}

/**
 * The products of rows of `count` numbers, (rows of a, rows of b). Four by two of them at once, because reading a number
 * takes longer than multiplying it; rows that are missing are the last one once more.
 */
export function rowProducts(a: Float64Array, b: Float64Array, count: number): Float64Array {
  const high = a.length / count;
  const wide = b.length / count;
  const out = new Float64Array(high * wide);
  for (let i = 0; i < high; i += 4) {
    const i1 = Math.min(i + 1, high - 1);
    const i2 = Math.min(i + 2, high - 1);
    const i3 = Math.min(i + 3, high - 1);
    for (let j = 0; j < wide; j += 2) {
      const j1 = Math.min(j + 1, wide - 1);
      let sum00 = 0;
      let sum01 = 0;
      let sum10 = 0;
      let sum11 = 0;
      let sum20 = 0;
      let sum21 = 0;
      let sum30 = 0;
      let sum31 = 0;
      for (let k = 0; k < count; k++) {
        const left = b[j * count + k]!;
        const right = b[j1 * count + k]!;
        let value = a[i * count + k]!;
        sum00 += value * left;
        sum01 += value * right;
        value = a[i1 * count + k]!;
        sum10 += value * left;
        sum11 += value * right;
        value = a[i2 * count + k]!;
        sum20 += value * left;
        sum21 += value * right;
        value = a[i3 * count + k]!;
        sum30 += value * left;
        sum31 += value * right;
      }
      out[i * wide + j] = sum00;
      out[i * wide + j1] = sum01;
      out[i1 * wide + j] = sum10;
      out[i1 * wide + j1] = sum11;
      out[i2 * wide + j] = sum20;
      out[i2 * wide + j1] = sum21;
      out[i3 * wide + j] = sum30;
      out[i3 * wide + j1] = sum31;
    }
  }
  return out;
}

/** Rows after one another. */
export function flat(rows: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(rows.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const row of rows) {
    all.set(row, start);
    start += row.length;
  }
  return all;
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
