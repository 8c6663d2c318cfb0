/**
 * The fields of a model's description, `metadata.json`, each read with a check.
 *
 * A server may send any other, so everything in it has a bound: nothing is kept or allocated that could hurt later.
 */

import { isObject } from '../shared/messages.ts';
import { isPrintable, isShort } from '../shared/printable.ts';

/** As in backend/data/dataset.py; of texts, in letters. */
export const MAX = {
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

/** What is wrong with a description, and where. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError';
}

/** What was found, short enough for a message. */
export function shown(value: unknown): string {
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
export class Fields {
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
    return !isPrintable(text) ? this.fail(key, 'text without control characters') : text;
  }

  /** An address that may be opened, or none. */
  url(key: 'url'): string {
    const text = this.text(key, MAX.url, { empty: true });
    const isAddress = /^https?:\/\/[^\s/]\S*$/i.test(text) && isPrintable(text) && URL.canParse(text);
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
