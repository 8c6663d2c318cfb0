/**
 * Classifies pixels in Node with the extension's own classifier, so that the converter can check a model as the
 * browser will run it:
 *
 *     node --import tsx tools/classify.ts MODEL_DIR PIXELS.bin
 *
 * PIXELS.bin holds pictures one after the other: (height, width, 3) bytes each, RGB, in the size of metadata.json.
 * Prints {"backend", "probabilities", "unknown", "places", "outputs"} as JSON; bad input ends with status 2.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { Classifier } from '../src/model/classifier.ts';
import type { Scores } from '../src/model/style-prior.ts';
import type { ModelSource } from '../src/model/model-files.ts';
import { ClassifyError } from '../src/shared/messages.ts';

const USAGE = 'usage: node --import tsx tools/classify.ts MODEL_DIR PIXELS.bin';

class InputError extends Error {}

function folder(path: string): ModelSource {
  return {
    async read(name) {
      return toArrayBuffer(await readOptional(join(path, name)));
    },
  };
}

async function readOptional(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return null;
    }
    throw error;
  }
}

function toArrayBuffer(bytes: Buffer | null): ArrayBuffer | null {
  return bytes === null ? null : new Uint8Array(bytes).buffer;
}

/** Cuts the file into pictures. */
function split(bytes: Buffer, size: number, path: string): Uint8Array[] {
  if (bytes.length === 0 || bytes.length % size !== 0) {
    throw new InputError(`${path}: ${bytes.length} bytes are not a number of pictures of ${size} bytes each`);
  }
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

async function classifyAll(modelDir: string, pixelsPath: string): Promise<string> {
  const bytes = await readOptional(pixelsPath);
  if (bytes === null) {
    throw new InputError(`${pixelsPath}: there is no such file`);
  }
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  const classifier = await Classifier.load(folder(modelDir), join(dirname(wasm), '/'));
  const { input, outputs } = classifier.metadata;
  const scores: Scores[] = [];
  for (const pixels of split(bytes, input.height * input.width * 3, pixelsPath)) {
    scores.push(await classifier.classify(pixels));
  }
  return JSON.stringify({
    backend: classifier.backend,
    probabilities: scores.map((score) => score.probabilities),
    unknown: outputs.unknown === null ? null : scores.map((score) => score.unknown),
    places: classifier.prior === null ? null : scores.map(({ place = [] }) => Array.from(place)),
    outputs,
  });
}

try {
  const [modelDir, pixelsPath, ...rest] = process.argv.slice(2);
  if (modelDir === undefined || pixelsPath === undefined || rest.length > 0) {
    throw new InputError(USAGE);
  }
  process.stdout.write(`${await classifyAll(modelDir, pixelsPath)}\n`);
} catch (error) {
  if (!(error instanceof InputError || error instanceof ClassifyError)) {
    throw error;
  }
  const next = error instanceof ClassifyError ? ` (in ${process.argv[2] ?? ''}; convert the run again)` : '';
  process.stderr.write(`Error: ${error.message}${next}\n`);
  process.exitCode = 2;
}
