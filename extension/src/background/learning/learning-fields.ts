/** The fields of requests about channels: texts from anywhere, read within bounds. */

import { isVideoId } from '../../shared/thumbnails.ts';
import { type ChannelIdentity, type Example, MOST_EXAMPLES } from '../../shared/learning.ts';
import { ClassifyError, isObject } from '../../shared/messages.ts';
import { isPrintable, isShort } from '../../shared/printable.ts';

export const MAX_NAME = 200;
export const MAX_HANDLE = 100;
export const MAX_KEY = 300;
export const MAX_TOKEN = 100;
/** What a channel is kept under (`keyOf`). */
export const LEARNT_KEY = /^(?:UC[\w-]{22}|[@#].+)$/;
const MAX_LIST = 20_000; // letters of a list of examples

const CHANNEL_ID = /^UC[\w-]{22}$/;
const FILE = /^picture:[0-9a-f]{64}$/;

/** A name that a person reads in one line. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && isShort(value, MAX_NAME) && isPrintable(value);
}

/** A key of a channel, or a name that a model has for one. */
export function isKey(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && isShort(value, MAX_KEY) && isPrintable(value);
}

export function isExample(value: unknown): value is Example {
  return typeof value === 'string' && (isVideoId(value) || FILE.test(value));
}

export function isIdentity(value: unknown): value is ChannelIdentity {
  const { id, handle, name } = isObject(value) ? value : {};
  return (
    isName(name) &&
    (id === '' || (typeof id === 'string' && CHANNEL_ID.test(id))) &&
    (handle === '' || (isName(handle) && isShort(handle, MAX_HANDLE) && /^[^\s@/?#\\%]+$/.test(handle)))
  );
}

/** Reads a channel as a page names it. Throws a ClassifyError (internal). */
export function parseIdentity(text: string): ChannelIdentity {
  const value = parse('channel', text);
  if (!isIdentity(value)) {
    throw wrong('channel');
  }
  return { id: value.id, handle: value.handle, name: value.name.trim() };
}

/** Reads a list of examples, none of them twice. Throws a ClassifyError (internal). */
export function parseExamples(text: string): Example[] {
  const value = parse('examples', text);
  if (!Array.isArray(value) || value.length > MOST_EXAMPLES || !value.every(isExample) || new Set(value).size !== value.length) {
    throw wrong('examples');
  }
  return value;
}

export function parseName(text: string): string {
  if (!isName(text)) {
    throw wrong('name');
  }
  return text.trim();
}

export function parseKey(field: string, text: string): string {
  if (!isKey(text)) {
    throw wrong(field);
  }
  return text;
}

function parse(field: string, text: string): unknown {
  try {
    return text.length > MAX_LIST ? undefined : (JSON.parse(text) as unknown);
  } catch {
    throw wrong(field);
  }
}

/** A page of ours or a content script never sends this. */
function wrong(field: string): ClassifyError {
  return new ClassifyError('internal', field);
}
