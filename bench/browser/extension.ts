/** The bench's own extension: our classifier and its peers side by side in one background, with models and pictures. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { Classifier } from '../../extension/src/model/classifier.ts';
import { readModel, type ModelSource } from '../../extension/src/model/model-files.ts';
import { ROOT } from '../../tests/e2e/fixtures.ts';
import { toOnnx } from './onnx.ts';
import { peerFile } from './peers.ts';

const EXTENSION = join(ROOT, 'extension');
const WASM = join(EXTENSION, 'node_modules/@tensorflow/tfjs-backend-wasm/dist/');
export const TFJS_WASM = join(WASM, 'tfjs-backend-wasm-simd.wasm');
export const ORT_WASM = peerFile('onnxruntime-web/dist/ort-wasm-simd-threaded.wasm');

const MANIFEST = {
  manifest_version: 3,
  name: 'Thumbprint bench',
  version: '0.0.0',
  background: { service_worker: 'background.js', scripts: ['background.js'], type: 'module' },
  content_security_policy: { extension_pages: "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" },
  // The tests' Firefox knows the address of the extension with this id.
  browser_specific_settings: { gecko: { id: 'thumbprint@extension', strict_min_version: '142.0' } },
};

/** The page that gives the orders. */
export const PAGE = 'page.html';

export interface Parts {
  model: string;
  full: string;
  pictures: readonly string[];
}

/** Write the extension to a folder; pictures become pictures/0, pictures/1 and so on. */
export async function writeBenchExtension(folder: string, { model, full, pictures }: Parts): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'pictures'), { recursive: true });
  await bundle(join(import.meta.dirname, 'worker/background.ts'), join(folder, 'background.js'));
  await cp(model, join(folder, 'model'), { recursive: true });
  await cp(full, join(folder, 'full'), { recursive: true });
  for (const wasm of [TFJS_WASM, ORT_WASM]) await cp(wasm, join(folder, basename(wasm)));
  for (const [index, picture] of pictures.entries()) await cp(picture, join(folder, 'pictures', String(index)));
  await writeFile(join(folder, 'network.onnx'), await onnxOf(model));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(MANIFEST, null, 2));
  await writeFile(join(folder, PAGE), '<!doctype html><meta charset="utf-8"><title>Bench</title>');
}

/** Bundle as the extension's background is bundled. */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    mainFields: ['module', 'main'],
    target: ['chrome121', 'firefox142'],
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [oneTensorflow],
  });
}

/** One copy of TensorFlow.js for all, the extension's: two would share their global state, and neither would work. */
const oneTensorflow: Plugin = {
  name: 'one-tensorflow',
  setup(building) {
    building.onResolve({ filter: /^@tensorflow\/tfjs-(core|converter|backend-wasm)($|\/)/ }, ({ path, kind, pluginData }) =>
      pluginData === EXTENSION ? null : building.resolve(path, { kind, resolveDir: EXTENSION, pluginData: EXTENSION }),
    );
  },
};

/** Our network as an ONNX file. */
async function onnxOf(model: string): Promise<Buffer> {
  const source: ModelSource = { read: async (name) => new Uint8Array(await readFile(join(model, name))).buffer };
  const classifier = await Classifier.load(source, WASM); // starts TensorFlow.js, which decodes the weights
  try {
    return toOnnx(await readModel(source));
  } finally {
    classifier.dispose();
  }
}
