/** Who uploaded the video of a thumbnail, as YouTube's own pages say beside it. */

import { closest } from './stacking.ts';

/** What a card says of a channel: its names (several where videos have several authors) and its handle, without `@`. */
export interface Uploader {
  readonly names: readonly string[];
  readonly handle: string | null;
}

interface Channel {
  readonly name: string;
  readonly displayName: string;
  readonly handle: string;
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
  }));
  const path = links.find((link) => link.path !== null)?.path ?? null;
  const names = links.filter((link) => link.path === path && link.text !== '').map(({ text }) => text);
  const handle = path === null ? null : handleOf(path);
  return handle === null && names.length === 0 ? null : { names, handle };
}

/** On a channel's own page the cards do not name it again. */
export function channelOfPage(path: string): Uploader | null {
  const handle = handleOf(path);
  return handle === null ? null : { names: [], handle };
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
 * one with a bullet is of a playlist or a mix.
 */
export function nameInRows(rows: readonly string[]): string {
  const first = firstLine(rows[0] ?? '');
  return rows.length < 2 || /[•·]/u.test(rows[0] ?? '') ? '' : first;
}

/** The names in "Ann and Bob", the whole first: "and" may belong to it. */
export function authorsIn(text: string): string[] {
  return [...new Set([text, ...text.split(/,\s+|\s+(?:and|et|&|und|y|e)\s+/u)])];
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
  return (text.split('\n').find((line) => line.trim() !== '') ?? '').trim();
}

/** Whether a channel of the model is the uploader; case, accents and spaces do not matter. */
export function isUploadedBy({ names, handle }: Uploader, channel: Channel): boolean {
  const own = [channel.displayName, channel.handle, channel.name].map(fold);
  return [...names, handle ?? ''].some((text) => fold(text) !== '' && own.includes(fold(text)));
}

/** What to call an uploader. */
export function uploaderName({ names, handle }: Uploader): string {
  return names[0] ?? `@${handle ?? ''}`;
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\p{M}\s]/gu, '')
    .replace(/^@/, '')
    .toLowerCase();
}
