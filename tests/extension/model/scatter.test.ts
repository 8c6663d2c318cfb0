import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addScatter, flat, rowProducts } from '../../../extension/src/model/scatter.ts';

/** What varies within classes as one would write it down. */
function plainScatter(classes: readonly (readonly Int8Array[])[], step: Float32Array): number[][] {
  const sums = Array.from(step, () => Array.from(step, () => 0));
  for (const levels of classes) {
    const means = Array.from(step, (_, i) => levels.reduce((sum, row) => sum + row[i]!, 0) / levels.length);
    for (const row of levels) {
      sums.forEach((own, i) => own.forEach((_, j) => (own[j]! += (row[i]! - means[i]!) * (row[j]! - means[j]!) * step[i]! * step[j]!)));
    }
  }
  return sums;
}

/** Levels of all sizes, the same in every run. */
function makeLevels(count: number, size: number, seed: number): Int8Array[] {
  let state = seed;
  const level = (): number => ((state = (state * 16_807) % 2_147_483_647) % 255) - 127;
  return Array.from({ length: count }, () => Int8Array.from({ length: size }, level));
}

for (const [what, size, counts] of [
  ['of two components', 2, [3, 2]],
  ['of an odd number of components, more than a block', 37, [5, 1, 8]],
  ['of more thumbnails than are multiplied at once', 34, [300, 1, 400]],
] as const) {
  test(`what varies within classes ${what}`, () => {
    const classes = counts.map((count, i) => makeLevels(count, size, i + 1));
    const step = Float32Array.from({ length: size }, (_, i) => 0.01 + i / 100);
    const scatter = new Float64Array(size * size).fill(1);
    assert.equal(addScatter(scatter, classes, step), counts.reduce((sum: number, count) => sum + count - 1, 0));
    plainScatter(classes, step).forEach((row, i) => {
      row.slice(0, i + 1).forEach((value, j) => assert.ok(Math.abs(scatter[i * size + j]! - 1 - value) <= 1e-9 * (1 + Math.abs(value)), `${i}, ${j}`));
    });
  });
}

test('the largest levels there are do not run over into one another', () => {
  const [size, count] = [4, 3000]; // too many for one sum
  const levels = Array.from({ length: count }, (_, k) => Int8Array.from({ length: size }, (__, i) => (i % 2 === 0 || k % 2 === 0 ? 127 : -128)));
  const scatter = new Float64Array(size * size);
  addScatter(scatter, [levels], new Float32Array(size).fill(1));
  const expected = plainScatter([levels], new Float32Array(size).fill(1));
  expected.forEach((row, i) => row.slice(0, i + 1).forEach((value, j) => assert.ok(Math.abs(scatter[i * size + j]! - value) < 1e-6, `${i}, ${j}`)));
});

test('products of rows, however many', () => {
  for (const [high, wide] of [[1, 1], [3, 5], [4, 2], [6, 7], [0, 3]] as const) {
    const rows = (count: number, shift: number): Float64Array[] => Array.from({ length: count }, (_, i) => Float64Array.of(i + shift, i * i, 1));
    const [a, b] = [rows(high, 2), rows(wide, 5)];
    const expected = a.flatMap((row) => b.map((other) => row.reduce((sum, value, k) => sum + value * other[k]!, 0)));
    assert.deepEqual([...rowProducts(flat(a), flat(b), 3)], expected, `${high} by ${wide}`);
  }
});
