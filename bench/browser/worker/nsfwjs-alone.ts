/** Whatever runs nsfwjs on WebAssembly has to load this much; bundled only to be weighed. */
import '@tensorflow/tfjs-backend-wasm';

export { load } from 'nsfwjs/core';
export { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
