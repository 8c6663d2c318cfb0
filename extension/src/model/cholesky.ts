/** Solving with a symmetric positive matrix, by its Cholesky factor; matrices lie row after row. */

/** Gives the lower factor of a matrix (size, size): matrix = factor · its transpose. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column]!;
      for (let k = 0; k < column; k++) {
        sum -= factor[row * size + k]! * factor[column * size + k]!;
      }
      factor[row * size + column] = row === column ? Math.sqrt(sum) : sum / factor[column * size + column]!;
    }
  }
  return factor;
}

/** Solves matrix · x = vector (size,), given the lower factor. */
export function solve(factor: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const x = Float64Array.from(vector);
  for (let row = 0; row < size; row++) {
    let sum = x[row]!;
    for (let k = 0; k < row; k++) {
      sum -= factor[row * size + k]! * x[k]!;
    }
    x[row] = sum / factor[row * size + row]!;
  }
  // Column by column of the transpose, which are rows of the factor: memory is read in order.
  for (let row = size - 1; row >= 0; row--) {
    const value = (x[row]! /= factor[row * size + row]!);
    for (let k = 0; k < row; k++) {
      x[k]! -= factor[row * size + k]! * value;
    }
  }
  return x;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i]! * b[i]!;
  }
  return sum;
}
