/**
 * The description of a model, `model/metadata.json`: written once by the converter, read by everything in the browser.
 */

import type { InputSpec } from './pixels.ts';

export const SCHEMA = 3;

export interface Channel {
  readonly name: string;
  readonly displayName: string;
  readonly handle: string;
  readonly url: string;
}

export interface Metadata {
  readonly version: string;
  readonly created: string;
  readonly recipe: string;
  readonly demo: boolean;
  readonly dtype: string;
  /** In the order of the probabilities. */
  readonly channels: readonly Channel[];
  readonly input: InputSpec;
  /** Names in the signature of the graph; `unknown` is null for a model that knows only its channels. */
  readonly outputs: { readonly probabilities: string; readonly unknown: string | null };
  readonly unknown: Unknown | null;
  readonly metrics: Readonly<Record<string, number>>;
  /** SHA-256 of every file of the model, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * When a model says 'none of these'. `knownRecall` and `falseKnown` are the shares of thumbnails that pass for known at
 * `threshold`: of the channels, and of others; null where there was nothing to measure them on, which leaves `curve`
 * empty. `drawn`: they were measured on drawn pictures, which flatters them.
 */
export interface Unknown {
  readonly threshold: number;
  readonly auroc: number | null;
  readonly knownRecall: number | null;
  readonly falseKnown: number | null;
  readonly drawn: boolean;
  /** What other thresholds would bring, the strictest first. */
  readonly curve: readonly OperatingPoint[];
}

export interface OperatingPoint {
  readonly threshold: number;
  readonly knownRecall: number;
  readonly falseKnown: number;
}

/** What is wrong with a description, and where. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError';
}

/** Reads a parsed `metadata.json`. Throws a MetadataError that names the field. */
export function parseMetadata(value: unknown): Metadata {
  const root = new Fields(value, 'metadata.json');
  const schema = root.raw('schema');
  if (schema !== SCHEMA) {
    throw new MetadataError(`metadata.json: schema ${JSON.stringify(schema)} is not ${SCHEMA}`);
  }
  const metadata = {
    version: root.text('version'),
    created: root.text('created'),
    recipe: root.text('recipe'),
    demo: root.flag('demo'),
    dtype: root.text('dtype'),
    channels: root.list('channels').map(parseChannel),
    input: parseInput(root.fields('input')),
    outputs: parseOutputs(root.fields('outputs')),
    unknown: root.raw('unknown') === null ? null : parseUnknown(root.fields('unknown')),
    metrics: parseMetrics(root.fields('metrics')),
    files: parseFiles(root.fields('files')),
  };
  root.fields('normalisation').only('applied_in', 'graph');
  checkTogether(metadata);
  return metadata;
}

function parseChannel(fields: Fields): Channel {
  return {
    name: fields.text('name'),
    displayName: fields.text('display_name'),
    handle: fields.text('handle', { empty: true }),
    url: fields.text('url', { empty: true }),
  };
}

function parseInput(fields: Fields): InputSpec {
  fields.only('crop', 'baked-bars');
  fields.only('filter', 'triangle');
  return {
    height: fields.size('height'),
    width: fields.size('width'),
    fit: fields.raw('fit') === 'pad' ? 'pad' : fields.only('fit', 'stretch'),
  };
}

function parseOutputs(fields: Fields): Metadata['outputs'] {
  return {
    probabilities: fields.text('probabilities'),
    unknown: fields.raw('unknown') === null ? null : fields.text('unknown'),
  };
}

function parseUnknown(fields: Fields): Unknown {
  const optional = (key: string): number | null => (fields.raw(key) === null ? null : fields.number(key));
  return {
    threshold: fields.number('threshold'),
    auroc: optional('auroc'),
    knownRecall: optional('known_recall'),
    falseKnown: optional('false_known'),
    drawn: fields.flag('drawn'),
    curve: fields.list('curve').map((point) => ({
      threshold: point.number('threshold'),
      knownRecall: point.number('known_recall'),
      falseKnown: point.number('false_known'),
    })),
  };
}

function parseMetrics(fields: Fields): Metadata['metrics'] {
  return Object.fromEntries(fields.keys().map((key) => [key, fields.number(key)]));
}

function parseFiles(fields: Fields): Metadata['files'] {
  return new Map(
    fields.keys().map((name) => {
      // A name with a slash could leave the folder of the model.
      if (!/^[\w.-]+$/.test(name) || !/^[0-9a-f]{64}$/.test(fields.text(name))) {
        fields.fail(name, 'a file name with its SHA-256');
      }
      return [name, fields.text(name)];
    }),
  );
}

function checkTogether({ channels, outputs, unknown, files }: Metadata): void {
  if (channels.length === 0) {
    throw new MetadataError('metadata.json: channels is empty');
  }
  if (new Set(channels.map((channel) => channel.name)).size !== channels.length) {
    throw new MetadataError('metadata.json: channels names a channel twice');
  }
  if ((outputs.unknown === null) !== (unknown === null)) {
    throw new MetadataError('metadata.json: outputs.unknown and unknown must both be null or both be set');
  }
  if (!files.has('model.json')) {
    throw new MetadataError('metadata.json: files does not list model.json');
  }
}

/** The fields of one object in the file, read with a check of each. */
class Fields {
  readonly #object: Record<string, unknown>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new MetadataError(`${path} is not an object`);
    }
    this.#object = value as Record<string, unknown>;
    this.#path = path;
  }

  fail(key: string, expected: string): never {
    const value = this.raw(key);
    const found = value === undefined ? 'missing' : JSON.stringify(value);
    throw new MetadataError(`${this.#path}: ${key} is ${found}, expected ${expected}`);
  }

  keys(): string[] {
    return Object.keys(this.#object);
  }

  raw(key: string): unknown {
    return Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
  }

  text(key: string, { empty = false } = {}): string {
    const value = this.raw(key);
    return typeof value === 'string' && (empty || value !== '') ? value : this.fail(key, 'text');
  }

  flag(key: string): boolean {
    const value = this.raw(key);
    return typeof value === 'boolean' ? value : this.fail(key, 'true or false');
  }

  number(key: string): number {
    const value = this.raw(key);
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fail(key, 'a number');
  }

  size(key: string): number {
    const value = this.number(key);
    return Number.isInteger(value) && value > 0 ? value : this.fail(key, 'a size in pixels');
  }

  only<const T extends string>(key: string, value: T): T {
    return this.raw(key) === value ? value : this.fail(key, JSON.stringify(value));
  }

  fields(key: string): Fields {
    return new Fields(this.raw(key), `${this.#path}: ${key}`);
  }

  list(key: string): Fields[] {
    const value = this.raw(key);
    return Array.isArray(value)
      ? value.map((item, index) => new Fields(item, `${this.#path}: ${key}[${index}]`))
      : this.fail(key, 'a list');
  }
}
