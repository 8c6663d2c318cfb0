/** What `prepare.py` left for the tests. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
/** Where the preparation put everything; the tests of real pictures have a folder of their own. */
export const OUT = resolve(ROOT, process.env['E2E_OUT'] ?? 'build/e2e');
export const EXTENSION = join(OUT, 'extension');
/** The same as people get it: its badge cannot be looked into. */
export const SHIPPED = join(OUT, 'shipped');

/**
 * What a thumbnail was made to be, by `constructed.py`: `sure` and `unsure` are recognised, and only of the first a
 * look-alike is claimed. Empty where nobody knows but a model.
 */
export type State = 'sure' | 'unsure' | 'unknown' | '';

/** A thumbnail as it is served, and what `backend predict` says of exactly these bytes. */
export interface Thumbnail {
  id: string;
  path: string;
  file: string;
  type: string;
  source: string;
  state: State;
  channel: string;
  display_name: string;
  known: boolean;
  probability: number;
  probabilities: number[];
  unknown: number | null;
}

export interface Expected {
  channels: { name: string; display_name: string }[];
  /** What is more probably none of the channels is unknown. */
  threshold: number | null;
  thumbnails: Thumbnail[];
}

/** Of the model whose answers are known. */
export interface Constructed extends Expected {
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

export function readExpected(): Constructed {
  return readPrepared('expected.json') as Constructed;
}

/** What a trained model says of its thumbnails: that of the demo, or of somebody's own channels. */
export function readTrained(folder: string): Expected {
  return readPrepared(join(folder, 'expected.json')) as Expected;
}

/** The first thumbnail that was made to be so, of another channel than `other`. */
export function made(thumbnails: readonly Thumbnail[], state: State, other = ''): Thumbnail {
  const found = thumbnails.find((thumbnail) => thumbnail.state === state && thumbnail.channel !== other);
  if (!found) throw new Error(`expected.json has no thumbnail that is ${state}: run \`make e2e\``);
  return found;
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
