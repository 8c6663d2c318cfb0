/** What `prepare.py` left for the tests. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
export const OUT = join(ROOT, 'build/e2e');
export const EXTENSION = join(OUT, 'extension');

/** A thumbnail as it is served, and what `backend predict` says of exactly these bytes. */
export interface Thumbnail {
  id: string;
  path: string;
  file: string;
  type: string;
  source: string;
  channel: string;
  display_name: string;
  known: boolean;
  probability: number;
  probabilities: number[];
  unknown: number | null;
}

export interface Expected {
  channels: { name: string; display_name: string }[];
  thumbnails: Thumbnail[];
  /** A photo of a screen that shows a thumbnail of this channel; its corners as shares of width and height, upright. */
  photo: { file: string; channel: string; quad: [number, number][] };
}

export interface Spec {
  height: number;
  width: number;
  fit: 'stretch' | 'pad';
}

export interface ExpectedPixels {
  pictures: string[];
  /** Files that must be refused. */
  damaged: string[];
  specs: Record<string, Spec>;
}

export function readExpected(): Expected {
  return readPrepared('expected.json') as Expected;
}

export function readExpectedPixels(): ExpectedPixels {
  return readPrepared('pixels/expected.json') as ExpectedPixels;
}

/** Read a file below build/e2e. */
export function readOut(file: string): Buffer {
  return readFileSync(join(OUT, file));
}

function readPrepared(file: string): unknown {
  if (!existsSync(join(OUT, file))) {
    throw new Error(`${join(OUT, file)} is missing: run \`python tests/e2e/prepare.py\` first`);
  }
  return JSON.parse(readOut(file).toString('utf8'));
}
