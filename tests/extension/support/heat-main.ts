/**
 * Explains pictures with the extension's own classifier, for tests/python/converter/test_heat.py:
 *
 *     node --import tsx heat-main.ts MODEL_DIR < QUESTIONS.json
 *
 * QUESTIONS.json: {"pictures": [{"width", "height", "data"}], "targets": [{"channel"} or {"kernel"}]}, where `data` is
 * RGBA in base64. Prints the box and the cells of every picture for every target, cells as float32 in base64.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

import { Classifier } from '../../../extension/src/model/classifier.ts';
import type { Target } from '../../../extension/src/model/explainer.ts';

const WASM = join(import.meta.dirname, '../../../extension/node_modules/@tensorflow/tfjs-backend-wasm/dist/');

interface Questions {
  readonly pictures: readonly { width: number; height: number; data: string }[];
  readonly targets: readonly ({ channel: number } | { kernel: number[] })[];
}

async function main(folder = ''): Promise<void> {
  const read = async (name: string): Promise<ArrayBuffer> => new Uint8Array(await readFile(join(folder, name))).buffer;
  const classifier = await Classifier.load({ read }, WASM);
  const { pictures, targets } = (await json(process.stdin)) as Questions;
  const answers = pictures.flatMap(({ width, height, data }) =>
    targets.map((asked) => {
      const target: Target = 'kernel' in asked ? { kernel: Float64Array.from(asked.kernel) } : asked;
      const explained = classifier.explain({ width, height, data: Buffer.from(data, 'base64') }, target);
      return explained && { box: Object.values(explained.box), cells: Buffer.from(explained.cells.buffer).toString('base64') };
    }),
  );
  process.stdout.write(JSON.stringify(answers));
}

void main(process.argv[2]);
