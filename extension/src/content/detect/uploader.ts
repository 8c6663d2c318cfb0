/** Who uploaded the video of a thumbnail, as YouTube's own pages say beside it. */

import { closest } from './stacking.ts';

/** What a card says of a channel: its names (several where videos have several authors), handle (without `@`) and id. */
export interface Uploader {
  readonly names: readonly string[];
  readonly handle: string | null;
  readonly id?: string;
}

interface Channel {
  readonly name: string;
  readonly displayName: string;
  readonly handle: string;
  readonly id?: string;
}

const YOUTUBE = /^(?:www|m)\.youtube\.com$/;

/** One video with its thumbnail, its title and the name of its channel. */
export const CARD = [
  'ytd-rich-item-renderer',
  'ytd-video-renderer',
  'ytd-compact-video-renderer',
  'ytd-grid-video-renderer',
  'yt-lockup-view-model',
  'ytm-rich-item-renderer',
  'ytm-compact-video-renderer',
  'ytm-video-with-context-renderer',
].join();

const CHANNEL_LINK = 'a[href*="/@"], a[href*="/channel/"], a[href*="/c/"], a[href*="/user/"]';
const CHANNEL_NAME = 'ytd-channel-name, #channel-name';
const ROW = '.yt-content-metadata-view-model-wiz__metadata-row, .yt-content-metadata-view-model__metadata-row';

/** Reads who uploaded a thumbnail's video; null off YouTube, outside of its cards, and where a card does not say. */
export function uploaderOf(image: Element): Uploader | null {
  const card = YOUTUBE.test(location.hostname) ? closest(image, CARD) : null;
  return card === null ? null : (linkedUploader(card) ?? channelOfPage(location.pathname) ?? writtenUploader(card));
}

function linkedUploader(card: Element): Uploader | null {
  const links = Array.from(card.querySelectorAll<HTMLAnchorElement>(CHANNEL_LINK), (link) => ({
    path: channelPath(link.getAttribute('href') ?? '', location.href),
    text: firstLine(link.textContent),
    place: link.parentElement,
  })).filter((link) => link.path !== null);
  const path = links[0]?.path ?? null;
  // Authors stand side by side; other channels, as in a description, elsewhere.
  const place = links.find((link) => link.path === path && link.text !== '')?.place;
  const names = links.filter((link) => link.text !== '' && (link.path === path || link.place === place));
  const channel = path === null ? null : channelOfPage(path);
  return channel === null && names.length === 0
    ? null
    : { handle: null, ...channel, names: names.flatMap(({ text }) => withoutCount(text)) };
}

/** On a channel's own page the cards do not name it again. */
export function channelOfPage(path: string): Uploader | null {
  const handle = handleOf(path);
  const id = idOf(path);
  return handle === null && id === null ? null : { names: [], handle, ...(id === null ? {} : { id }) };
}

/** The sidebar of a video names channels without a link. */
function writtenUploader(card: Element): Uploader | null {
  const element = card.querySelector(CHANNEL_NAME);
  if (element !== null) {
    return namedUploader(firstLine(element.textContent));
  }
  const rows = Array.from(card.querySelectorAll(ROW), ({ textContent }) => textContent);
  return namedUploader(nameInRows(rows));
}

function namedUploader(text: string): Uploader | null {
  return text === '' ? null : { names: authorsIn(text), handle: null };
}

/**
 * The channel in the rows of a card: the first of several. A single row is of views and age, as on a channel's page;
 * one with a bullet before something else is of a playlist or a mix.
 */
export function nameInRows(rows: readonly string[]): string {
  const first = firstLine(rows[0] ?? '').replace(/[\s•·]+$/u, '');
  return rows.length < 2 || /[•·]\s*\S/u.test(rows[0] ?? '') ? '' : first;
}

const MAX_TEXT = 500; // letters: a page may write without end
const AND = String.raw`,?\s+(?:and|et|&|und|y|e|i|и|en|og|och|ja|ve|dan|và|és|και|și|та|और|และ)\s+|\s*(?:和|与|與|及|および|、|，)\s*|\s+(?:및|と)\s+`;
const AUTHORS = new RegExp(String.raw`${AND}|,\s+`, 'iu');
/** "and 3 more", as YouTube writes it in many languages. */
const WORDS = String.raw`[\s\p{L}\p{M}]{0,30}`;
const COUNT = new RegExp(String.raw`^(.*?\S)(?:${AND}|\s+ed\s+|,\s+|\s*[、,]?\s*(?:他|ほか|외)|\s+(?:و|ועוד))${WORDS}\p{Nd}+${WORDS}$`, 'iu');

/** The names in "Ann and Bob" or "Ann and 3 more", the whole first: "and" may belong to it. */
export function authorsIn(text: string): string[] {
  return [...new Set(withoutCount(text).flatMap((names) => [names, ...names.split(AUTHORS)]))];
}

/** A text, and what stands before "and 3 more" in it. */
function withoutCount(text: string): string[] {
  const names = COUNT.exec(text)?.[1];
  return names === undefined ? [text] : [text, names];
}

/** The path of a channel that an address leads to, null for any other address. */
export function channelPath(href: string, base: string): string | null {
  const url = URL.canParse(href, base) ? new URL(href, base) : null;
  return url !== null && isYouTube(url.hostname) ? (CHANNEL_PATH.exec(url.pathname)?.[0] ?? null) : null;
}

const CHANNEL_PATH = /^\/(?:@|channel\/|c\/|user\/)[^/]+/;

function isYouTube(hostname: string): boolean {
  return YOUTUBE.test(hostname) || hostname === 'youtube.com';
}

/** The id in a channel's path: it stays when names and handles change. */
export function idOf(path: string): string | null {
  return /^\/channel\/(UC[\w-]{22})(?![\w-])/.exec(path)?.[1] ?? null;
}

/** The handle in a channel's path; ids (`/channel/UC…`) say nothing to a person. */
export function handleOf(path: string): string | null {
  const handle = /^\/(?:@|c\/|user\/)([^/]+)/.exec(path)?.[1];
  return handle === undefined ? null : decoded(handle);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a page may write what it likes into its addresses
  }
}

/** The first line with something in it: verified marks and tooltips repeat the name below. */
export function firstLine(text: string): string {
  return (text.split('\n').find((line) => line.trim() !== '') ?? '').trim().slice(0, MAX_TEXT);
}

/** Whether a channel of the model is the uploader: by id, handle or a name; also where a page gives too little to tell. */
export function isUploadedBy({ names, handle, id }: Uploader, channel: Channel): boolean {
  // Whoever takes a channel's name has another id; of several authors, the id is that of the first.
  if (id !== undefined && channel.id !== undefined && (id === channel.id || names.length < 2)) {
    return id === channel.id;
  }
  if (names.length === 0 && handle === null) {
    return channel.id === undefined; // an id alone, and nothing to compare it with
  }
  if (handle !== null && handle !== '' && plainHandle(handle) === plainHandle(channel.handle)) {
    return true;
  }
  const own = [channel.displayName, channel.name].map(fold);
  const isOwn = (text: string, known: readonly string[]): boolean => text !== '' && known.includes(text);
  // A name may be a handle; one handle differs from another by a dot.
  return isOwn(fold(handle ?? ''), own) || names.some((name) => isOwn(fold(name), [...own, fold(channel.handle)]));
}

/** What to call an uploader. */
export function uploaderName({ names, handle, id }: Uploader): string {
  return names[0] ?? (handle === null ? (id ?? '') : `@${handle}`);
}

function plainHandle(handle: string): string {
  return lower(decoded(handle).normalize('NFKC').replace(/^@/, '')); // that of an address may be encoded
}

const TOPIC = /\s[-–—]\s(?:topic|thème|thema|tema|tópico|argomento|onderwerp|temat|тема|konu|トピック|주제|主題|主题)$/iu;
const ACCENTS = /[\u0300-\u036f]|\p{Me}|\p{VS}/gu;

/**
 * A name without what does not make another channel: case, accents, width of letters, punctuation, spaces, emoji and
 * marks, nor what YouTube adds to the channels that it makes of an artist. Names of nothing but marks keep them.
 */
function fold(text: string): string {
  const plain = text.trim().replace(TOPIC, '').replace(/\Bvevo$/i, '');
  const letters = plain.replaceAll(/\p{So}/gu, '').normalize('NFKD').replaceAll(ACCENTS, '');
  return lower(letters.replaceAll(/[^\p{L}\p{M}\p{N}\p{Sm}\p{Sc}]/gu, '')) || lower(plain.replaceAll(/[\s\p{Cf}]|\ufe0f/gu, ''));
}

/** Lower case, with the letters that have two capitals spelt out. */
function lower(text: string): string {
  return text.toUpperCase().toLowerCase();
}
