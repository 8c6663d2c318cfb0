/** Whatever answers for a picture, each by its own code, loaded once and timed phase by phase. */
import { tensor3d } from '@tensorflow/tfjs-core';
import { load as loadNsfwjs } from 'nsfwjs/core';
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
import * as onnxruntime from 'onnxruntime-web/wasm';
import { Classifier } from '../../../extension/src/model/classifier.ts';
import { readDescription } from '../../../extension/src/model/model-files.ts';
import { bakedBars, fit, preprocess, type Picture } from '../../../extension/src/model/pixels.ts';
import type { Contender, Phases } from './orders.ts';

export interface Timed {
  phases: Phases;
  /** Of the channels, where it is our network. */
  probabilities?: readonly number[];
}

export type Runner = (picture: Picture) => Promise<Timed>;

const NSFWJS_INPUT = { height: 224, width: 224, fit: 'stretch' } as const;

/** What loads each of them from the extension's own files; all that is TensorFlow.js shares one backend. */
export const LOADERS: Readonly<Record<Contender, (url: (path: string) => string) => Promise<Runner>>> = {
  ours: (url) => ourClassifier('model', url),
  full: (url) => ourClassifier('full', url),
  nsfwjs,
  onnxruntime: onOnnxruntime,
};

/** The extension's way with a model: crop, scale, classify. */
async function ourClassifier(folder: string, url: (path: string) => string): Promise<Runner> {
  const read = (name: string): Promise<ArrayBuffer> => readFile(url(`${folder}/${name}`));
  const classifier = await Classifier.load({ read }, url(''));
  await classifier.warmUp();
  return async (picture) => {
    const begun = performance.now();
    const box = bakedBars(picture);
    const cropped = performance.now();
    const pixels = fit(picture, box, classifier.metadata.input);
    const scaled = performance.now();
    const { probabilities } = await classifier.classify(pixels);
    const phases = { crop: cropped - begun, resize: scaled - cropped, inference: performance.now() - scaled };
    return { phases, probabilities };
  };
}

/** `classify` takes decoded pixels and scales them itself; given a tensor of its own size, it only runs the network. */
async function nsfwjs(): Promise<Runner> {
  const model = await loadNsfwjs('MobileNetV2', { modelDefinitions: [MobileNetV2Model] });
  return async (picture) => {
    const image = new ImageData(new Uint8ClampedArray(picture.data), picture.width, picture.height);
    const scaled = preprocess(picture, NSFWJS_INPUT);
    const begun = performance.now();
    await model.classify(image);
    const classified = performance.now();
    const input = tensor3d(new Int32Array(scaled), [NSFWJS_INPUT.height, NSFWJS_INPUT.width, 3], 'int32');
    await model.classify(input);
    input.dispose();
    return { phases: { classify: classified - begun, inference: performance.now() - classified } };
  };
}

/** Our network on prepared pixels; preparing them is the same as ours. */
async function onOnnxruntime(url: (path: string) => string): Promise<Runner> {
  const { env, InferenceSession, Tensor } = onnxruntime;
  env.wasm.numThreads = 1;
  env.wasm.proxy = false;
  env.wasm.wasmBinary = await readFile(url('ort-wasm-simd-threaded.wasm'));
  const { metadata } = readDescription(await readFile(url('model/metadata.json')));
  const session = await InferenceSession.create(await readFile(url('network.onnx')), { executionProviders: ['wasm'] });
  const { height, width } = metadata.input;
  const run = async (pixels: Uint8Array): Promise<readonly number[]> => {
    const input = new Tensor('float32', new Float32Array(pixels), [1, height, width, 3]);
    const outputs = await session.run({ pixels: input });
    return Array.from(outputs[metadata.outputs.probabilities ?? '']?.data ?? []);
  };
  await run(new Uint8Array(height * width * 3));
  return async (picture) => {
    const pixels = preprocess(picture, metadata.input);
    const begun = performance.now();
    const probabilities = await run(pixels);
    return { phases: { inference: performance.now() - begun }, probabilities };
  };
}

/** A file of the extension. */
export async function readFile(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  return response.arrayBuffer();
}
