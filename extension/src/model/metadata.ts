/**
 * The description of a model, `model/metadata.json`: written once by the converter, read by everything in the browser.
 *
 * A server may send any other, so everything in it has a bound: nothing is kept or allocated that could hurt later.
 */

import { isObject } from '../shared/messages.ts';

export const SCHEMA = 3;

/** As in backend/data/dataset.py; of texts, in letters. */
const MAX = {
  name: 100,
  display_name: 200,
  handle: 100,
  url: 500,
  text: 64,
  output: 200, // and the name of a weight
  side: 1024, // px: a picture of 20000x20000 silences the background for a minute
  channels: 20_000,
  curve: 1000,
  metrics: 50,
  files: 100,
  features: 20_000,
  taps: 50,
  classes: 10_000, // of a prior, and its thumbnails
  strangers: 10_000,
  rows: 100_000_000,
  shown: 60, // of what is wrong, in the message that says so
} as const;

export const MAX_COMPONENTS = MAX.side; // of a prior

/** What a model wants to be fed: size in pixels, and whether a picture is stretched to it or padded with black. */
export interface InputSpec {
  readonly height: number;
  readonly width: number;
  readonly fit: 'stretch' | 'pad';
}

interface Channel {
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
  /**
   * Names in the signature of the graph: `probabilities` is null for a model without channels, to which some are learnt,
   * and `unknown` for a model that knows only its channels.
   */
  readonly outputs: { readonly probabilities: string | null; readonly unknown: string | null };
  /** What channels are learnt with in the browser; null for a model that has no such thing. */
  readonly features: Features | null;
  /** What *Why?* is computed with here; null for a model that cannot, of which the local server is asked. */
  readonly heat: HeatLayout | null;
  readonly unknown: Unknown | null;
  readonly metrics: Readonly<Record<string, number>>;
  /** SHA-256 of every file of the model, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** What is in the file of a prior. */
export interface PriorLayout {
  readonly file: string;
  /** Of the model's output `features`. */
  readonly features: number;
  readonly components: number;
  /** How many thumbnails of each real channel are kept as strangers; as many classes come first. */
  readonly near: readonly number[];
  /** Classes of drawn channels, which come next; the last class is that of random thumbnails. */
  readonly drawn: number;
  /** Random thumbnails to which nothing was fitted. */
  readonly held: number;
  /** How many thumbnails the scatter is of. */
  readonly rows: number;
}

/** `output`: the name of the features in the graph; `fingerprint`: of all that decides their values. */
export interface Features {
  readonly output: string;
  readonly fingerprint: string;
  readonly prior: PriorLayout;
}

/** A layer of the network whose activations are pooled to features: a mean and a standard deviation of each channel. */
export interface TapLayout {
  /** Its name in the signature of the graph. */
  readonly output: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** What the tap adds to the logit of each channel of the model, the mean of a training's pictures. */
  readonly typical: readonly number[];
}

/** Names of the head's arrays among the weights; with a gate between two heads, those of the second and the gate too. */
export interface HeadLayout {
  readonly kernel: string;
  readonly bias: string;
  readonly gate: Readonly<Record<'kernel' | 'bias' | 'photoKernel' | 'photoBias', string>> | null;
}

/** `output`: the name of the features in the graph, those of the taps first; `head` is null for a model without channels. */
export interface HeatLayout {
  readonly output: string;
  readonly taps: readonly TapLayout[];
  readonly head: HeadLayout | null;
}

/**
 * When a model says 'none of these'. `knownRecall` and `falseKnown` are the shares of thumbnails that pass for known at
 * `threshold`: of the channels, and of others; null where there was nothing to measure them on, which leaves `curve`
 * empty. `drawn`: they were measured on drawn pictures, which flatters them. `lookalikeThreshold`: up to where a
 * thumbnail that another channel posted may be called a look-alike; null where nobody knows, as in older models.
 */
export interface Unknown {
  readonly threshold: number;
  readonly lookalikeThreshold: number | null;
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
  return readMetadata(value).metadata;
}

/** Reads it, and gives beside it what was read in the form that it had: no key that nobody knows is kept. */
export function readMetadata(value: unknown): { metadata: Metadata; description: unknown } {
  const root = new Fields(value, 'metadata.json');
  const schema = root.raw('schema');
  if (schema !== SCHEMA) {
    throw new MetadataError(`metadata.json: schema ${shown(schema)} is not ${SCHEMA}`);
  }
  const metadata = {
    version: root.text('version'),
    created: root.text('created'),
    recipe: root.text('recipe'),
    demo: root.flag('demo'),
    dtype: root.text('dtype'),
    channels: root.list('channels', MAX.channels).map(parseChannel),
    input: parseInput(root.fields('input')),
    outputs: parseOutputs(root.fields('outputs')),
    // Models of an earlier Thumbprint have none.
    features: !root.has('features') ? null : parseFeatures(root.fields('features')),
    heat: !root.has('heat') ? null : parseHeat(root.fields('heat')),
    unknown: root.raw('unknown') === null ? null : parseUnknown(root.fields('unknown')),
    metrics: parseMetrics(root.fields('metrics')),
    files: parseFiles(root.fields('files')),
  };
  root.fields('normalisation').only('applied_in', 'graph');
  checkTogether(metadata);
  return { metadata, description: root.description() };
}

function parseChannel(fields: Fields): Channel {
  return {
    name: fields.name('name'),
    displayName: fields.name('display_name'),
    handle: fields.name('handle', true),
    url: fields.url('url'),
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
    probabilities: fields.raw('probabilities') === null ? null : fields.text('probabilities', MAX.output),
    unknown: fields.raw('unknown') === null ? null : fields.text('unknown', MAX.output),
  };
}

function parseFeatures(fields: Fields): Features {
  const prior = fields.fields('prior');
  return {
    output: fields.text('output', MAX.output),
    fingerprint: fields.text('fingerprint'),
    prior: {
      file: prior.text('file', MAX.name),
      features: prior.count('features', MAX.features),
      components: prior.count('components', MAX_COMPONENTS),
      near: prior.counts('near', MAX.classes, MAX.strangers),
      drawn: prior.count('drawn', MAX.classes),
      held: prior.count('held', MAX.strangers),
      rows: prior.count('rows', MAX.rows),
    },
  };
}

function parseHeat(fields: Fields): HeatLayout {
  return {
    output: fields.text('output', MAX.output),
    taps: fields.list('taps', MAX.taps).map((tap) => ({
      output: tap.text('output', MAX.output),
      height: tap.size('height'),
      width: tap.size('width'),
      channels: tap.count('channels', MAX.features),
      typical: tap.numbers('typical', MAX.channels),
    })),
    head: !fields.has('head') ? null : parseHead(fields.fields('head')),
  };
}

function parseHead(fields: Fields): HeadLayout {
  const name = (key: string): string => fields.text(key, MAX.output);
  const gate = (): HeadLayout['gate'] => ({
    kernel: name('gate_kernel'),
    bias: name('gate_bias'),
    photoKernel: name('photo_kernel'),
    photoBias: name('photo_bias'),
  });
  return { kernel: name('kernel'), bias: name('bias'), gate: fields.has('gate_kernel') ? gate() : null };
}

function parseUnknown(fields: Fields): Unknown {
  const optional = (key: string): number | null => (fields.raw(key) === null ? null : fields.number(key));
  return {
    threshold: fields.number('threshold'),
    // Models of an earlier Thumbprint have none.
    lookalikeThreshold: fields.raw('lookalike_threshold') === undefined ? null : optional('lookalike_threshold'),
    auroc: optional('auroc'),
    knownRecall: optional('known_recall'),
    falseKnown: optional('false_known'),
    drawn: fields.flag('drawn'),
    curve: fields.list('curve', MAX.curve).map((point) => ({
      threshold: point.number('threshold'),
      knownRecall: point.number('known_recall'),
      falseKnown: point.number('false_known'),
    })),
  };
}

function parseMetrics(fields: Fields): Metadata['metrics'] {
  return Object.fromEntries(fields.keys(MAX.metrics, 'metrics').map((key) => [key, fields.number(key)]));
}

function parseFiles(fields: Fields): Metadata['files'] {
  return new Map(
    fields.keys(MAX.files, 'files').map((name) => {
      // A name with a slash could leave the folder of the model.
      if (!/^[\w.-]{1,100}$/.test(name) || !/^[0-9a-f]{64}$/.test(fields.text(name))) {
        fields.fail(name, 'a file name with its SHA-256');
      }
      return [name, fields.text(name)];
    }),
  );
}

function checkTogether(metadata: Metadata): void {
  const { channels, outputs, features, unknown, files } = metadata;
  if ((channels.length === 0) !== (outputs.probabilities === null)) {
    throw new MetadataError('metadata.json: channels is empty, or outputs.probabilities is null, and not both');
  }
  if (channels.length === 0 && features === null) {
    throw new MetadataError('metadata.json: channels is empty, and no features say how some are learnt');
  }
  if (features !== null && !files.has(features.prior.file)) {
    throw new MetadataError('metadata.json: files does not list the prior');
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
  checkHeat(metadata);
}

/** Maps are scaled up to the input, and every channel that the model knows can be asked about. */
function checkHeat({ heat, channels, input }: Metadata): void {
  const fits = (tap: TapLayout): boolean =>
    tap.height <= input.height && tap.width <= input.width && tap.typical.length === channels.length;
  if (heat !== null && (!heat.taps.every(fits) || input.fit !== 'stretch')) {
    throw new MetadataError('metadata.json: heat does not go with input and channels');
  }
  if (heat !== null && (heat.head === null) !== (channels.length === 0)) {
    throw new MetadataError('metadata.json: heat has a head, or there are channels, and not both');
  }
}

/** No line breaks, nothing that turns the direction of what follows, no half of a letter. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** What was found, short enough for a message. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(short(value));
  }
  if (typeof value === 'object' && value !== null) {
    const kind = Array.isArray(value) ? '[]' : '{}';
    return Object.keys(value).length === 0 ? kind : `${kind[0]}\u2026${kind[1]}`;
  }
  return String(value);
}

function short(text: string): string {
  return text.length > MAX.shown ? `${text.slice(0, MAX.shown)}\u2026` : text;
}

/** The fields of one object in the file, read with a check of each; what was read is remembered. */
class Fields {
  readonly #object: Record<string, unknown>;
  readonly #path: string;
  readonly #read = new Map<string, unknown>();

  constructor(value: unknown, path: string) {
    if (!isObject(value)) {
      throw new MetadataError(`${path} is not an object`);
    }
    this.#object = value;
    this.#path = path;
  }

  /** The object again, with nothing in it but what was read. */
  description(): Record<string, unknown> {
    const parts = Array.from(this.#read, ([key, value]): [string, unknown] => [key, describe(value)]);
    return Object.fromEntries(parts);
  }

  fail(key: string, expected: string): never {
    const value = this.#get(key);
    const given = value === undefined ? 'missing' : shown(value);
    throw new MetadataError(`${this.#path}: ${short(key)} is ${given}, expected ${expected}`);
  }

  keys(most: number, what: string): string[] {
    const keys = Object.keys(this.#object);
    return keys.length <= most ? keys : this.#failCount(what, keys.length, most);
  }

  /** A value as it is: read on where it is more than a text, a number or nothing. */
  raw(key: string): unknown {
    const value = this.#get(key);
    if (value !== undefined && (typeof value !== 'object' || value === null)) {
      this.#read.set(key, value);
    }
    return value;
  }

  text(key: string, most: number = MAX.text, { empty = false } = {}): string {
    const value = this.raw(key);
    return typeof value === 'string' && isShort(value, most) && (empty || value.trim() !== '')
      ? value
      : this.fail(key, `text of at most ${most} letters`);
  }

  /** A text that a person reads in one line. */
  name(key: 'name' | 'display_name' | 'handle', empty = false): string {
    const text = this.text(key, MAX[key], { empty });
    return UNPRINTABLE.test(text) ? this.fail(key, 'text without control characters') : text;
  }

  /** An address that may be opened, or none. */
  url(key: 'url'): string {
    const text = this.text(key, MAX.url, { empty: true });
    const isAddress = /^https?:\/\/[^\s/]\S*$/i.test(text) && !UNPRINTABLE.test(text) && URL.canParse(text);
    return text === '' || isAddress ? text : this.fail(key, 'an address that begins with https:// or http://');
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
    return Number.isInteger(value) && value > 0 && value <= MAX.side
      ? value
      : this.fail(key, `a size in pixels, at most ${MAX.side}`);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object, key) && this.#object[key] !== null;
  }

  count(key: string, most: number): number {
    const value = this.number(key);
    return Number.isInteger(value) && value >= 0 && value <= most ? value : this.fail(key, `a number from 0 to ${most}`);
  }

  /** A list of counts. */
  counts(key: string, entries: number, most: number): number[] {
    const value = this.#get(key);
    const isCount = (item: unknown): item is number => Number.isInteger(item) && (item as number) >= 0 && (item as number) <= most;
    if (!Array.isArray(value) || value.length > entries || !value.every(isCount)) {
      return this.fail(key, `a list of at most ${entries} numbers from 0 to ${most}`);
    }
    this.#read.set(key, value);
    return value;
  }

  /** A list of numbers. */
  numbers(key: string, most: number): number[] {
    const value = this.#get(key);
    if (!Array.isArray(value) || value.length > most || !value.every(Number.isFinite)) {
      return this.fail(key, `a list of at most ${most} numbers`);
    }
    this.#read.set(key, value);
    return value as number[];
  }

  only<const T extends string>(key: string, value: T): T {
    return this.raw(key) === value ? value : this.fail(key, JSON.stringify(value));
  }

  fields(key: string): Fields {
    const fields = new Fields(this.#get(key), `${this.#path}: ${short(key)}`);
    this.#read.set(key, fields);
    return fields;
  }

  list(key: string, most: number): Fields[] {
    const value = this.#get(key);
    if (!Array.isArray(value)) {
      return this.fail(key, 'a list');
    }
    if (value.length > most) {
      return this.#failCount(key, value.length, most);
    }
    const list = value.map((item, index) => new Fields(item, `${this.#path}: ${key}[${index}]`));
    this.#read.set(key, list);
    return list;
  }

  #get(key: string): unknown {
    return Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
  }

  #failCount(what: string, count: number, most: number): never {
    throw new MetadataError(`metadata.json: ${what} has ${count} entries, more than ${most}`);
  }
}

function describe(value: unknown): unknown {
  if (value instanceof Fields) {
    return value.description();
  }
  return Array.isArray(value) ? value.map(describe) : value;
}

/** Whether a text has at most so many letters, however many units each of them takes. */
function isShort(text: string, most: number): boolean {
  return text.length <= 2 * most && Array.from(text).length <= most;
}
