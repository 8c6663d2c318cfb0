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

/**
 * The squares of the lengths of some vectors (vectors, size), with the inverse of the matrix as measure; four of them at
 * once, because reading a number of the factor takes longer than multiplying it.
 */
export function squaredLengths(factor: Float64Array, vectors: Float64Array, size: number): Float64Array {
  const squares = new Float64Array(vectors.length / size);
  for (let start = 0; start < squares.length; start += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map((next) => {
      const at = Math.min(start + next, squares.length - 1) * size;
      return vectors.slice(at, at + size);
    }) as [Float64Array, Float64Array, Float64Array, Float64Array];
    solveFour(factor, a, b, c, d);
    squares.set([a, b, c, d].slice(0, squares.length - start).map((half) => dot(half, half)), start);
  }
  return squares;
}

/** Puts the solutions of factor · x = vector in the place of four vectors. */
function solveFour(factor: Float64Array, a: Float64Array, b: Float64Array, c: Float64Array, d: Float64Array): void {
  const size = a.length;
  for (let row = 0; row < size; row++) {
    let first = a[row]!;
    let second = b[row]!;
    let third = c[row]!;
    let fourth = d[row]!;
    for (let k = 0; k < row; k++) {
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

/** Solves matrix · x = vector (size,), given what `cholesky` gave. */
export function solve(factor: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const x = vector.slice();
  for (let row = 0; row < size; row++) {
    x[row] = (x[row]! - products(factor, row * size, x, 0, row)) / factor[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    const below = row + 1;
    x[row] = (x[row]! - products(factor, row * size + below, x, below, size - below)) / factor[row * size + row]!;
  }
  return x;
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
