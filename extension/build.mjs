// Bundles the extension into `build/`, where the browser loads it from.
//
//   node build.mjs                                    builds in place
//   node build.mjs --package DIR [--model MODELDIR]   also writes a copy that loads by itself to DIR, without
//                                                     a model unless one is named
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { build } from 'esbuild';

const ROOT = import.meta.dirname;
const PACKAGED = ['manifest.json', '_locales', 'icons', 'build'];
// Every browser that the manifest admits has SIMD; threads need a page that is isolated from others.
const WASM = 'node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm';

class UsageError extends Error {}

/** Never loaded, because the background turns threads off: half of TensorFlow.js's loader stays out of the bundle. */
const withoutThreads = {
  name: 'without-threads',
  setup({ onLoad }) {
    onLoad({ filter: /tfjs-backend-wasm-threaded-simd(\.worker)?\.js$/ }, () => ({
      contents: 'export default function () { throw new Error("built without threads"); } export const wasmWorkerContents = "";',
    }));
  },
};

async function bundle(outdir) {
  const options = {
    bundle: true,
    outdir,
    absWorkingDir: ROOT,
    charset: 'utf8',
    legalComments: 'linked',
    logLevel: 'warning',
    target: ['chrome121', 'firefox142'],
  };
  await build({
    ...options,
    entryPoints: { background: 'src/background/main.ts' },
    format: 'esm',
    platform: 'browser',
    mainFields: ['module', 'main'],
    minify: true,
    plugins: [withoutThreads],
  });
  await build({ ...options, entryPoints: { content: 'src/content/main.ts' }, format: 'iife' });
  await cp(join(ROOT, WASM), join(outdir, basename(WASM)));
}

/** Builds into a sibling of `build/` first: a failed or interrupted build leaves the last good one. */
async function buildInPlace() {
  const fresh = await mkdtemp(join(ROOT, '.build-'));
  try {
    await bundle(fresh);
    await replace(fresh, join(ROOT, 'build'));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function writePackage(target, model) {
  await mkdir(dirname(target), { recursive: true });
  const fresh = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    for (const name of PACKAGED) {
      await cp(join(ROOT, name), join(fresh, name), { recursive: true });
    }
    if (model !== undefined) {
      await cp(model, join(fresh, 'model'), { recursive: true });
    }
    await replace(fresh, target);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function replace(fresh, target) {
  await rm(target, { recursive: true, force: true });
  await rename(fresh, target);
  await chmod(target, 0o755); // temporary folders are private
}

function readOptions() {
  try {
    const { values } = parseArgs({ options: { package: { type: 'string' }, model: { type: 'string' } } });
    if (values.model !== undefined && values.package === undefined) {
      throw new UsageError('--model needs --package: it says which model goes into the copy');
    }
    return values;
  } catch (error) {
    throw new UsageError(error.message);
  }
}

async function checkModel(folder) {
  if (!(await exists(join(folder, 'metadata.json')))) {
    throw new UsageError(`--model ${folder}: there is no metadata.json; make a model with python -m converter RUN`);
  }
}

/** Only an earlier package is overwritten, never a folder with something else in it. */
async function checkTarget(folder) {
  if (!(await exists(folder))) {
    return;
  }
  if (!(await stat(folder)).isDirectory()) {
    throw new UsageError(`--package ${folder}: this is a file; name a folder`);
  }
  const names = await readdir(folder);
  if (names.length > 0 && !PACKAGED.every((name) => names.includes(name))) {
    throw new UsageError(`--package ${folder}: the folder is not empty and not a package; name another`);
  }
  if (resolve(folder) === ROOT) {
    throw new UsageError(`--package ${folder}: this is the extension itself; name another folder`);
  }
}

async function exists(path) {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      return false;
    }
    throw error;
  }
}

try {
  const options = readOptions();
  if (options.package !== undefined) {
    await checkTarget(options.package);
  }
  if (options.model !== undefined) {
    await checkModel(options.model);
  }
  await buildInPlace();
  if (options.package !== undefined) {
    await writePackage(resolve(options.package), options.model);
  }
} catch (error) {
  if (!(error instanceof UsageError)) {
    throw error;
  }
  console.error(`Error: ${error.message}`);
  process.exitCode = 2;
}
