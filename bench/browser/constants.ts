/** The constants of a TensorFlow.js graph as numbers. */
import { io, type DataTypeMap } from '@tensorflow/tfjs-core';

export interface Constant {
  values: DataTypeMap[keyof DataTypeMap];
  shape: number[];
}

/** How many numbers it has; NaN for none. */
export function sizeOf(constant: Constant | undefined): number {
  return constant?.shape.reduce((size, side) => size * side, 1) ?? NaN;
}

/** Every weight as numbers, whatever the file keeps it in. */
export function readConstants({ weightData, weightSpecs }: io.ModelArtifacts): Map<string, Constant> {
  const tensors = io.decodeWeights(weightData ?? new ArrayBuffer(0), weightSpecs ?? []);
  return new Map(Object.entries(tensors).map(([name, tensor]) => [name, { values: tensor.dataSync(), shape: tensor.shape }]));
}

/** Four axes in another order. */
export function transpose(values: Constant['values'], shape: number[], perm: number[]): { values: Float32Array; shape: number[] } {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, side) => size * side, 1));
  const [a, b, c, d] = perm.map((axis) => ({ size: shape[axis]!, stride: strides[axis]! }));
  const out = new Float32Array(values.length);
  let o = 0;
  for (let i = 0; i < a!.size; i++)
    for (let j = 0; j < b!.size; j++)
      for (let k = 0; k < c!.size; k++)
        for (let l = 0; l < d!.size; l++)
          out[o++] = values[i * a!.stride + j * b!.stride + k * c!.stride + l * d!.stride] as number;
  return { values: out, shape: perm.map((axis) => shape[axis]!) };
}
