/** Solving with a symmetric positive matrix, by its Cholesky factor; matrices lie row after row. */

/** Gives the lower factor of a matrix (size, size), matrix = factor · its transpose, and above its diagonal that transpose. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      const sum = matrix[row * size + column]! - products(factor, row * size, factor, column * size, column);
      const value = row === column ? Math.sqrt(sum) : sum / factor[column * size + column]!;
      factor[row * size + column] = factor[column * size + row] = value;
    }
  }
  return factor;
}

/** The squares of the lengths of some vectors (vectors, size), with the inverse of the matrix as measure. */
export function squaredLengths(factor: Float64Array, vectors: Float64Array, size: number): Float64Array {
  const squares = new Float64Array(vectors.length / size);
  inFours(vectors, size, (four, start) => {
    substitute(factor, four, true);
    squares.set(four.slice(0, squares.length - start).map((half) => dot(half, half)), start);
  });
  return squares;
}

/** Solves matrix · x = vector for some vectors (vectors, size), given what `cholesky` gave. */
export function solve(factor: Float64Array, vectors: Float64Array, size: number): Float64Array[] {
  const solved: Float64Array[] = [];
  inFours(vectors, size, (four, start) => {
    substitute(factor, four, true);
    substitute(factor, four, false);
    solved.push(...four.slice(0, vectors.length / size - start));
  });
  return solved;
}

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];

/** Hands copies of the vectors on, four at a time, and which the first is; where some are missing, the last once more. */
function inFours(vectors: Float64Array, size: number, act: (four: Four, start: number) => void): void {
  const count = vectors.length / size;
  const copy = (index: number): Float64Array => vectors.slice(Math.min(index, count - 1) * size, (Math.min(index, count - 1) + 1) * size);
  for (let start = 0; start < count; start += 4) {
    act([copy(start), copy(start + 1), copy(start + 2), copy(start + 3)], start);
  }
}

/**
 * Puts the solutions of factor · x = vector in the place of four vectors, or those of its transpose: four, because
 * reading a number of the factor takes longer than multiplying it.
 */
function substitute(factor: Float64Array, [a, b, c, d]: Four, isForward: boolean): void {
  const size = a.length;
  for (let step = 0; step < size; step++) {
    const row = isForward ? step : size - 1 - step;
    let first = a[row]!;
    let second = b[row]!;
    let third = c[row]!;
    let fourth = d[row]!;
    const end = isForward ? row : size;
    for (let k = isForward ? 0 : row + 1; k < end; k++) {
      const value = factor[row * size + k]!;
      first -= value * a[k]!;
      second -= value * b[k]!;
      third -= value * c[k]!;
      fourth -= value * d[k]!;
    }
    const diagonal = factor[row * size + row]!;
    a[row] = first / diagonal;
    b[row] = second / diagonal;
    c[row] = third / diagonal;
    d[row] = fourth / diagonal;
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  return products(a, 0, b, 0, a.length);
}

/** The sum of `count` products from two places on, in four sums: none of them waits for the addition before. */
function products(a: Float64Array, atA: number, b: Float64Array, atB: number, count: number): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  const whole = count - (count % 4);
  for (let k = 0; k < whole; k += 4) {
    first += a[atA + k]! * b[atB + k]!;
    second += a[atA + k + 1]! * b[atB + k + 1]!;
    third += a[atA + k + 2]! * b[atB + k + 2]!;
    fourth += a[atA + k + 3]! * b[atB + k + 3]!;
  }
  for (let k = whole; k < count; k++) {
    first += a[atA + k]! * b[atB + k]!;
  }
  return first + second + (third + fourth);
}
