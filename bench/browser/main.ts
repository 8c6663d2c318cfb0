/**
 * The bench in the browsers: ours beside its peers, in one run.
 *
 *     npm run bench -- --model DIR --full DIR --out FILE [--from DIR] [--work DIR] [--browsers chromium,firefox]
 *                      [--short] [--inference] [--pictures N]
 *
 * --model     our model, as `python -m converter` leaves it
 * --full      MobileNetV2 1.0/224 whole, converted; default: WORK/full, where prepare.py leaves one
 * --from      a folder with thumbnails in JPEG; default: WORK/pictures, where prepare.py leaves some
 * --work      where packages are built; default: build/bench/browser
 * --out       default: build/bench/browser.json
 * --short     fewer pictures, hovers and starts
 * --inference only inference and sizes, no hovers
 * --pictures  how many are measured; hovers are never more
 *
 * The result is a JSON object, whose keys are named in result.ts; every time in it is in milliseconds. Progress is told
 * on stderr.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BrowserName } from '../../tests/e2e/browser.ts';
import { ROOT } from '../../tests/e2e/fixtures.ts';
import { writeBenchExtension } from './extension.ts';
import { benchStarts, benchStopped, benchWarm, type Packages } from './hovers.ts';
import { benchInference } from './inference.ts';
import { readOptions, UsageError, type Options } from './options.ts';
import { writePackage } from './packages.ts';
import { dependencies, installPeers } from './peers.ts';
import type { BrowserResult, Result } from './result.ts';
import { measureSizes } from './sizes.ts';

/** What is built once for all browsers. */
interface Built {
  bench: string;
  packages: Packages;
  pictures: string[];
}

async function build({ model, full, from, work }: Options): Promise<Built> {
  const pictures = readdirSync(from).filter((name) => /\.jpe?g$/i.test(name)).sort().map((name) => join(from, name));
  if (pictures.length === 0) throw new UsageError(`--from ${from}: no pictures in JPEG`);
  const packages = { ours: join(work, 'ours'), full: join(work, 'whole') };
  writePackage(packages.ours, model);
  writePackage(packages.full, full);
  const bench = join(work, 'extension');
  await writeBenchExtension(bench, { model, full, pictures });
  return { bench, packages, pictures };
}

async function benchBrowser(name: BrowserName, { bench, packages, pictures }: Built, { plan, inferenceOnly }: Options): Promise<BrowserResult> {
  const timed = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const found = await act();
    say(`${name}: ${what} (${((performance.now() - begun) / 1000).toFixed(0)} s)`);
    return found;
  };
  const inference = await timed('inference', () => benchInference(name, bench, { ...plan, available: pictures.length }));
  const { version, figures } = inference;
  if (inferenceOnly) return { version, inference: figures };
  const hover = await timed('hovers', () => benchWarm(name, packages, pictures, plan));
  const afterStop = await timed('hovers after a stop', () => benchStopped(name, packages, pictures, plan.starts));
  const first = await timed('first hovers', () => benchStarts(name, packages, pictures, plan.starts));
  return { version, inference: figures, hover, after_stop: afterStop, first };
}

function modelOf(folder: string): Result['model'] {
  const metadata = readJson(join(folder, 'metadata.json')) as { version: string; dtype: string; input: { height: number; width: number } };
  const { version, dtype, input } = metadata;
  return { version, dtype, height: input.height, width: input.width };
}

/** Of what was compared, and of what ran it. */
function versions(): Record<string, string> {
  const ours = (readJson(join(ROOT, 'extension/package.json')) as { dependencies: Record<string, string> }).dependencies;
  return { node: process.version, ...ours, ...dependencies() };
}

async function bench(options: Options): Promise<Result> {
  const begun = performance.now();
  installPeers();
  const built = await build(options);
  const browsers: Result['browsers'] = {};
  for (const name of options.browsers) browsers[name] = await benchBrowser(name, built, options);
  const { model, full } = options;
  const size = await measureSizes({ model, full, extension: built.packages.ours, bench: built.bench });
  const seconds = Math.round((performance.now() - begun) / 1000);
  return { schema: 1, short: options.short, versions: versions(), model: modelOf(model), browsers, size, seconds };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  try {
    const options = readOptions();
    const result = await bench(options);
    await mkdir(dirname(options.out), { recursive: true });
    await writeFile(options.out, `${JSON.stringify(result, null, 2)}\n`);
    say(`Wrote ${options.out} after ${result.seconds} s.`);
  } catch (error) {
    // An error that leaves the process would be told by TensorFlow.js, with all of its own source.
    say(error instanceof UsageError ? `Error: ${error.message}` : String(error instanceof Error ? error.stack : error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

void main();
