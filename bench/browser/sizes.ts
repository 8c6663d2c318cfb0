/** What a user downloads: ours whole and in parts, and what the peers need for the same. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundle, ORT_WASM, TFJS_WASM } from './extension.ts';
import { archiveSizes } from './packages.ts';
import { peerFile } from './peers.ts';

const PRIOR = 'prior.bin';

/** Bytes, as they are and gzipped at the best level. */
export interface Size {
  raw: number;
  gzip: number;
}

export interface Sizes {
  /**
   * The archive for each browser's store, bytes by browser: with our model and with the full network, each without what
   * channels are learnt with; and as it is released.
   */
  zip: { ours: Record<string, number>; full: Record<string, number>; release: Record<string, number> };
  ours: { model: Size; prior: Size; wasm: Size; background: Size; content: Size; pages: Size };
  /** The rest is as ours. */
  full: { model: Size };
  /** `script` has all of @tensorflow/tfjs, which nsfwjs wants, and its MobileNetV2; `model` is the part that is it. */
  nsfwjs: { script: Size; model: Size; wasm: Size };
  onnxruntime: { script: Size; model: Size; wasm: Size };
}

export interface Weighed {
  model: string;
  full: string;
  /** A package of the extension. */
  extension: string;
  /** The bench's extension, which has our network for onnxruntime. */
  bench: string;
}

export async function measureSizes({ model, full, extension, bench }: Weighed): Promise<Sizes> {
  const nsfwjs = join(bench, '..', 'nsfwjs.js');
  await bundle(join(import.meta.dirname, 'worker/nsfwjs-alone.ts'), nsfwjs);
  const tfjs = await sizeOf([TFJS_WASM]);
  return {
    zip: { ours: await archiveSizes(model, PRIOR), full: await archiveSizes(full, PRIOR), release: await archiveSizes(model) },
    ours: {
      model: await sizeOf(await networkFiles(model)),
      prior: await sizeOf((await filesIn(model)).filter((path) => basename(path) === PRIOR)),
      wasm: tfjs,
      ...(await scriptSizes(join(extension, 'build'))),
    },
    full: { model: await sizeOf(await networkFiles(full)) },
    nsfwjs: {
      script: await sizeOf([nsfwjs]),
      model: await sizeOf((await filesIn(peerFile('nsfwjs/dist/models/mobilenet_v2'))).filter((path) => path.endsWith('.js'))),
      wasm: tfjs,
    },
    onnxruntime: {
      script: await sizeOf([peerFile('onnxruntime-web/dist/ort.wasm.bundle.min.mjs')]),
      model: await sizeOf([join(bench, 'network.onnx')]),
      wasm: await sizeOf([ORT_WASM]),
    },
  };
}

async function scriptSizes(folder: string): Promise<Pick<Sizes['ours'], 'background' | 'content' | 'pages'>> {
  const [background, content] = [join(folder, 'background.js'), join(folder, 'content.js')];
  const others = (await filesIn(folder)).filter((path) => /\.(?:js|css|html)$/.test(path) && path !== background && path !== content);
  return { background: await sizeOf([background]), content: await sizeOf([content]), pages: await sizeOf(others) };
}

async function networkFiles(model: string): Promise<string[]> {
  return (await filesIn(model)).filter((path) => basename(path) !== PRIOR);
}

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).map((name) => join(folder, name));
}

/** Of files together; each is gzipped by itself, as a server sends them. */
async function sizeOf(paths: readonly string[]): Promise<Size> {
  const files = await Promise.all(paths.map((path) => readFile(path)));
  const sum = (sizes: number[]): number => sizes.reduce((total, size) => total + size, 0);
  return { raw: sum(files.map((file) => file.length)), gzip: sum(files.map((file) => gzipSync(file, { level: 9 }).length)) };
}
