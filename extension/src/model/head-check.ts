/** Whether the head that a description names is among the weights. */

import type { io } from '@tensorflow/tfjs-core';

import { broken } from './broken.ts';
import type { HeadLayout, HeatLayout } from './metadata.ts';

type Specs = readonly io.WeightsManifestEntry[];

/** Checks that the head's arrays go with each other and with the taps. Throws a ClassifyError (model-broken). */
export function checkHead({ taps, head }: HeatLayout, specs: Specs, channels: number): void {
  if (head === null) {
    return;
  }
  const shapeOf = (name: string): readonly number[] => specs.find((spec) => spec.name === name)?.shape ?? [];
  const [features = 0, classes = 0] = shapeOf(head.kernel);
  const pooled = taps.reduce((sum, tap) => sum + 2 * tap.channels, 0);
  if (features < pooled || classes < channels) {
    throw broken(`heat: the weight ${head.kernel} is of the shape [${shapeOf(head.kernel).join(', ')}]`);
  }
  for (const [name, shape] of expected(head, features, classes)) {
    if (shapeOf(name).join() !== shape.join()) {
      throw broken(`heat: the weight ${name} is not of the shape [${shape.join(', ')}]`);
    }
  }
}

/** The shapes of all arrays, by their names. */
function expected({ kernel, bias, gate }: HeadLayout, features: number, classes: number): [string, number[]][] {
  const plain: [string, number[]][] = [
    [kernel, [features, classes]],
    [bias, [classes]],
  ];
  return gate === null
    ? plain
    : [...plain, [gate.photoKernel, [features, classes]], [gate.photoBias, [classes]], [gate.kernel, [features, 1]], [gate.bias, [1]]];
}
