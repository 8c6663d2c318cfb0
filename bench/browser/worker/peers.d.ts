/** What is used of the peers: they are installed by the bench alone, and the rest is checked without them. */

declare module 'nsfwjs/core' {
  import type { Tensor } from '@tensorflow/tfjs-core';
  export interface NSFWJS {
    classify(image: ImageData | Tensor): Promise<{ className: string; probability: number }[]>;
  }
  export function load(name: 'MobileNetV2', options: { modelDefinitions: unknown[] }): Promise<NSFWJS>;
}

declare module 'nsfwjs/models/mobilenet_v2' {
  export const MobileNetV2Model: unknown;
}

declare module 'onnxruntime-web/wasm' {
  export const env: { wasm: { numThreads: number; proxy: boolean; wasmBinary?: ArrayBuffer } };
  export class Tensor {
    constructor(type: 'float32', data: Float32Array, shape: readonly number[]);
    readonly data: Float32Array;
  }
  export class InferenceSession {
    static create(model: ArrayBuffer, options: { executionProviders: string[] }): Promise<InferenceSession>;
    run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  }
}
