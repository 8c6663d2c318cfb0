// Bundles the extension into `build/`, where the browser loads it from.
//
//   node build.mjs                                    builds in place, and the page to try pictures into `build-try/`
//   node build.mjs --package DIR [--model MODELDIR]   also writes a copy that loads by itself to DIR, without
//                                                     a model unless one is named
//   node build.mjs --package DIR --browser firefox    the same with the manifest of one browser alone
//   node build.mjs --package DIR --test-door          the same for tests alone, which look into the badge: so can every page
//   node build.mjs --zip DIR [--model MODELDIR]       also writes an archive for each browser's store to DIR, with
//                                                     `model/` if there is one, unless another is named
//   node build.mjs --site DIR [--samples DIR] [--model MODELDIR]
//                                                     writes that page for any static host to DIR: with a model as for
//                                                     --zip, and pictures named after channels, to try with one tap
import { Buffer } from 'node:buffer';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { build } from 'esbuild';

import { BROWSERS, manifestFor } from './tools/manifests.mjs';
import { zip } from './tools/zip.mjs';

const ROOT = import.meta.dirname;
const PACKAGED = ['manifest.json', '_locales', 'icons', 'build'];
const TRY_PAGE = 'index.html';
const TRY_FILES = [TRY_PAGE, 'app.webmanifest', 'icon-180.png', 'icon-192.png', 'icon-512.png'];
const PAGES = ['popup', 'options', 'welcome', 'why', 'privacy'];
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

const BUNDLE = { bundle: true, absWorkingDir: ROOT, charset: 'utf8', legalComments: 'linked', logLevel: 'warning' };
const WITH_MODEL = { mainFields: ['module', 'main'], format: 'esm', minify: true, platform: 'browser', plugins: [withoutThreads] };

/** `shadowMode`: of the roots that hold what a page must not read. No build that ships has them open. */
async function bundle(outdir, shadowMode = 'closed') {
  const options = { ...BUNDLE, outdir, target: ['chrome121', 'firefox142'] };
  await build({ ...options, ...WITH_MODEL, entryPoints: { background: 'src/background/main.ts' } });
  await build({
    ...options,
    entryPoints: { content: 'src/content/main.ts' },
    format: 'iife',
    define: { SHADOW_MODE: JSON.stringify(shadowMode) },
  });
  await bundlePages(options);
  await cp(join(ROOT, WASM), join(outdir, basename(WASM)));
  await cp(join(ROOT, 'samples'), join(outdir, 'samples'), { recursive: true });
}

/** The pages share what they have in common, their head too; their HTML names the files that come out of this. */
async function bundlePages(options) {
  await build({
    ...options,
    entryPoints: [...PAGES.map((page) => `src/ui/${page}.ts`), 'src/ui/theme.css'],
    chunkNames: 'shared-[hash]',
    format: 'esm',
    splitting: true,
  });
  for (const page of PAGES) {
    const html = await readFile(join(ROOT, 'src/ui', `${page}.html`), 'utf8');
    await writeFile(join(options.outdir, `${page}.html`), html.replace(/<!-- head: (\w+) -->/, (_, title) => headOf(page, title)));
  }
}

/** The head of a page; `title` is the key of its message. No page says to a host of pictures where it is shown. */
function headOf(page, title) {
  return `<head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title data-i18n="${title}">Thumbprint</title>
    <link rel="icon" href="../icons/icon.svg">
    <link rel="stylesheet" href="theme.css">
    <script type="module" src="${page}.js"></script>
  </head>`;
}

/** What the page to try pictures consists of: the same classifier, in a page. */
async function bundleTry(outdir) {
  const from = (...names) => join(ROOT, 'src/try', ...names);
  const target = ['chrome121', 'firefox128', 'safari17.4'];
  await build({ ...BUNDLE, ...WITH_MODEL, outdir, target, entryPoints: { main: from('main.ts'), try: from('try.css') } });
  for (const name of TRY_FILES) {
    await cp(from(name), join(outdir, name));
  }
  await cp(join(ROOT, 'icons/icon.svg'), join(outdir, 'icon.svg'));
  await cp(join(ROOT, WASM), join(outdir, basename(WASM)));
}

/** Makes a sibling of the folder first: a failed or interrupted build leaves the last good one. */
async function makeFolder(target, make) {
  await mkdir(dirname(target), { recursive: true });
  const fresh = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    await make(fresh);
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
    await chmod(target, 0o755); // temporary folders are private
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function writePackage(target, { model, browser, 'test-door': testDoor }) {
  await makeFolder(target, async (fresh) => {
    for (const name of PACKAGED) {
      await cp(join(ROOT, name), join(fresh, name), { recursive: true });
    }
    if (testDoor) {
      await bundle(join(fresh, 'build'), 'open'); // here alone: what lies in its place may be packed for a store next
    }
    if (model !== undefined) {
      await cp(model, join(fresh, 'model'), { recursive: true });
    }
    if (browser !== undefined) {
      await writeFile(join(fresh, 'manifest.json'), await manifestText(browser));
    }
  });
}

/** Writes `thumbprint-BROWSER-VERSION.zip` for every browser, the same bytes from the same sources. */
async function writeArchives(target, model) {
  const { version } = await readManifest();
  const files = await readPackaged(model);
  await mkdir(target, { recursive: true });
  for (const browser of BROWSERS) {
    files.set('manifest.json', await manifestText(browser));
    const path = join(target, `thumbprint-${browser}-${version}.zip`);
    const archive = zip([...files].map(([name, content]) => [name, Buffer.from(content)]));
    await writeFile(`${path}.part`, archive);
    await rename(`${path}.part`, path);
    console.log(`${path}  ${(archive.length / 1e6).toFixed(1)} MB, ${files.size} files`);
  }
  console.log(model === undefined ? 'Without a model: there is none in extension/model.' : `With the model of ${model}.`);
}

/** Everything that a package holds, by its path in it. */
async function readPackaged(model) {
  const files = new Map();
  const add = async (path, name) => {
    if ((await stat(path)).isDirectory()) {
      for (const inner of await readdir(path)) {
        await add(join(path, inner), `${name}/${inner}`);
      }
    } else {
      files.set(name, await readFile(path));
    }
  };
  for (const name of PACKAGED) {
    await add(join(ROOT, name), name);
  }
  if (model !== undefined) {
    await add(model, 'model');
  }
  return files;
}

/** The page to try pictures with all that it asks for: only relative addresses, so that it may lie under any path. */
async function writeSite(target, model, samples) {
  await makeFolder(target, async (fresh) => {
    await bundleTry(join(fresh, 'try'));
    await cp(model, join(fresh, 'model'), { recursive: true });
    const { channels } = JSON.parse(await readFile(join(model, 'metadata.json'), 'utf8'));
    const names = new Map(channels.map(({ name, display_name: shown }) => [name, shown]));
    const buttons = [];
    for (const file of samples === undefined ? [] : (await readdir(samples)).sort()) {
      await cp(join(samples, file), join(fresh, 'samples', file));
      const name = basename(file, extname(file));
      buttons.push(sampleButton(file, names.get(name) ?? name.replaceAll('_', ' ')));
    }
    const page = await readFile(join(fresh, 'try', TRY_PAGE), 'utf8');
    await rm(join(fresh, 'try', TRY_PAGE));
    await writeFile(join(fresh, TRY_PAGE), buttons.length === 0 ? page : page.replace(/<!-- samples:.*?-->/, () => sampleList(buttons)));
    console.log(`${target}  a model of ${channels.length} channels, ${buttons.length} samples`);
  });
}

function sampleList(buttons) {
  return `<div id="samples" class="samples"><h3 data-i18n="samples"></h3>${buttons.join('')}</div>`;
}

function sampleButton(file, name) {
  const [address, text] = [`samples/${encodeURIComponent(file)}`, name.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)];
  return `<button type="button"><img src="${address}" alt="${text}" width="160" height="90"></button>`;
}

async function readManifest() {
  return JSON.parse(await readFile(join(ROOT, 'manifest.json'), 'utf8'));
}

async function manifestText(browser) {
  return `${JSON.stringify(manifestFor(browser, await readManifest()), null, 2)}\n`;
}

/** The model in its place, where the converter leaves it. */
async function ownModel() {
  const folder = join(ROOT, 'model');
  return (await exists(join(folder, 'metadata.json'))) ? folder : undefined;
}

function readOptions() {
  try {
    const names = ['package', 'zip', 'site', 'samples', 'model', 'browser'];
    const strings = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
    const { values } = parseArgs({ options: { ...strings, 'test-door': { type: 'boolean' } } });
    if (values.model !== undefined && values.package === undefined && values.zip === undefined && values.site === undefined) {
      throw new UsageError('--model needs --package, --zip or --site: it says which model goes into the copy');
    }
    if (values.site !== undefined ? (values.package ?? values.zip) !== undefined : values.samples !== undefined) {
      throw new UsageError('--site goes without --package and --zip, and --samples goes with --site');
    }
    if (values['test-door'] && (values.package === undefined || values.zip !== undefined)) {
      throw new UsageError('--test-door needs --package, and never goes into an archive: pages can read what such a badge says');
    }
    if (values.browser !== undefined && (values.package === undefined || !BROWSERS.includes(values.browser))) {
      throw new UsageError(`--browser ${values.browser}: it goes with --package and is one of ${BROWSERS.join(', ')}`);
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

/** Only an earlier package or site is overwritten, never a folder with something else in it. */
async function checkTarget(what, folder, expected) {
  if (!(await exists(folder))) {
    return;
  }
  if (!(await stat(folder)).isDirectory()) {
    throw new UsageError(`--${what} ${folder}: this is a file; name a folder`);
  }
  const names = await readdir(folder);
  if (names.length > 0 && !expected.every((name) => names.includes(name))) {
    throw new UsageError(`--${what} ${folder}: the folder is not empty and not a ${what}; name another`);
  }
  if (resolve(folder) === ROOT) {
    throw new UsageError(`--${what} ${folder}: this is the extension itself; name another folder`);
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

async function modelOf({ model }) {
  const folder = model ?? (await ownModel());
  if (folder === undefined) {
    throw new UsageError('--site: there is no model in extension/model; run `make demo`, or name one with --model');
  }
  return folder;
}

try {
  const options = readOptions();
  if (options.package !== undefined) {
    await checkTarget('package', options.package, PACKAGED);
  }
  if (options.site !== undefined) {
    await checkTarget('site', options.site, [TRY_PAGE, 'try', 'model']);
  }
  if (options.model !== undefined) {
    await checkModel(options.model);
  }
  if (options.site !== undefined) {
    await writeSite(resolve(options.site), await modelOf(options), options.samples);
  } else {
    await makeFolder(join(ROOT, 'build'), bundle);
  }
  if (options.package === undefined && options.zip === undefined && options.site === undefined) {
    await makeFolder(join(ROOT, 'build-try'), bundleTry);
  }
  if (options.package !== undefined) {
    await writePackage(resolve(options.package), options);
  }
  if (options.zip !== undefined) {
    await writeArchives(resolve(options.zip), options.model ?? (await ownModel()));
  }
} catch (error) {
  if (!(error instanceof UsageError)) {
    throw error;
  }
  console.error(`Error: ${error.message}`);
  process.exitCode = 2;
}
