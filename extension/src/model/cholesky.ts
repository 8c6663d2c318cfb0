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

/** Solves factor · x = vector (size,): the square of its length is that of the vector with the matrix's inverse as measure. */
export function solveHalf(factor: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const x = Float64Array.from(vector);
  for (let row = 0; row < size; row++) {
    x[row] = (x[row]! - products(factor, row * size, x, 0, row)) / factor[row * size + row]!;
  }
  return x;
}

/** Solves matrix · x = vector (size,), given what `cholesky` gave. */
export function solve(factor: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const x = solveHalf(factor, vector);
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
  let [first, second, third, fourth] = [0, 0, 0, 0];
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
