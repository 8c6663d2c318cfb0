/**
 * Which channel a page of YouTube's is of.
 *
 * Its address is always true. The head of the document is not: YouTube goes from channel to channel without loading a page
 * and leaves heads of the channel before behind, and for a moment also its header. What does not agree with the address
 * is not taken: without an id the handle identifies a channel.
 */

import type { ChannelIdentity } from '../../shared/learning.ts';
import { firstLine } from './byline.ts';
import { channelPath, handleOf, idOf } from './uploader.ts';

const HOST = /^(?:www|m)\.youtube\.com$/;
const MAX_NAME = 200; // letters

/** What a channel's header shows of it. */
export interface Header {
  readonly name: string;
  /** Without `@`; '' where it shows none. */
  readonly handle: string;
}

/** What the head of a document says; each '' or empty where it does not. */
export interface Head {
  readonly name: string;
  readonly ids: readonly string[];
  readonly handles: readonly string[];
  /** Whether the document was loaded for this channel, and has shown no other since. */
  readonly isOfAddress: boolean;
}

/** Whether a host is one with channels' pages. */
export function isChannelHost(hostname: string): boolean {
  return HOST.test(hostname);
}

/** The path of the channel of an address (`/@fireship`); null where it is no channel's. */
export function channelPathOf({ hostname, href }: Pick<Location, 'hostname' | 'href'>): string | null {
  return isChannelHost(hostname) ? channelPath(href, href) : null;
}

/** The channel of a path, as far as header and head agree with it. */
export function identify(path: string, header: Header | null, head: Head): ChannelIdentity {
  const known = { id: idOf(path) ?? '', handle: path.startsWith('/@') ? (handleOf(path) ?? '') : '' };
  const isShown = header !== null && (known.handle === '' || header.handle === '' || isSame(header.handle, known.handle));
  const shown = isShown ? header : { name: '', handle: '' };
  // `/c/…` and `/user/…` are names of old: the header shows today's handle.
  const handle = known.handle || shown.handle || (known.id === '' ? (handleOf(path) ?? '') : '');
  const id = known.id || idIn(head, shown.name, handle);
  return { id, handle, name: shown.name.slice(0, MAX_NAME) || (handle === '' ? id : `@${handle}`) };
}

/** The one id in a head that is surely of the channel that is shown. */
function idIn({ name, ids, handles, isOfAddress }: Head, shownName: string, handle: string): string {
  const isOther = handles.some((other) => !isSame(other, handle)) || (name !== '' && name !== shownName);
  const isOwn = shownName !== '' && (isOfAddress || handles.length > 0);
  return isOwn && !isOther && new Set(ids).size === 1 ? ids[0]! : '';
}

function isSame(handle: string, other: string): boolean {
  return handle.normalize('NFKC').toLowerCase() === other.normalize('NFKC').toLowerCase();
}

const HEADERS = [
  'yt-page-header-view-model', // today's, on both sites
  '.ytPageHeaderViewModelHost',
  'yt-page-header-renderer',
  'ytd-c4-tabbed-header-renderer', // older ones
  'ytd-interactive-tabbed-header-renderer',
  'ytm-c4-tabbed-header-renderer',
  'ytm-tabbed-header-renderer',
].join();
const NAMES = 'h1, #channel-name #text, .c4-tabbed-header-title, [class*="page-header-title"], [class*="PageHeaderTitle"]';
const HANDLE = /^@\S{3,60}$/;
const MAX_TEXTS = 200; // elements of a header

/** The header of the channel that is shown: those of pages before stay in the document, hidden. */
export function shownHeader(): Element | null {
  return Array.from(document.querySelectorAll(HEADERS)).find((header) => header.checkVisibility()) ?? null;
}

function readHeader(element: Element): Header {
  const names = Array.from(element.querySelectorAll(NAMES), ({ textContent }) => firstLine(textContent));
  const texts = Array.from(element.querySelectorAll('span, yt-formatted-string, div, a')).slice(0, MAX_TEXTS);
  const handle = texts.map(({ textContent }) => bare(textContent)).find((text) => HANDLE.test(text)) ?? '';
  return { name: names.find((name) => name !== '') ?? '', handle: handle.slice(1) };
}

/** A text without the marks of direction that YouTube lays around handles, and what follows a bullet. */
function bare(text: string): string {
  const own = text.length > MAX_NAME ? '' : text;
  return (own.replaceAll(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/gu, '').split(/[•·]/u)[0] ?? '').trim();
}

const LINKS = 'link[rel="canonical"], link[rel="alternate"], link[itemprop="url"], meta[property="og:url"], meta[itemprop="url"]';
const NAME = 'meta[property="og:title"], meta[itemprop="name"]';
const IDS = 'meta[itemprop="identifier"], meta[itemprop="channelId"]';

function readHead(isOfAddress: boolean): Head {
  const addresses = contents(LINKS);
  const paths = addresses.flatMap((address) => channelPath(address, location.href) ?? []);
  const feeds = addresses.flatMap((address) => /[?&]channel_id=(UC[\w-]{22})(?![\w-])/.exec(address)?.[1] ?? []);
  const ids = contents(IDS).filter((id) => /^UC[\w-]{22}$/.test(id));
  return {
    name: firstLine(contents(NAME)[0] ?? ''),
    ids: [...paths.flatMap((path) => idOf(path) ?? []), ...feeds, ...ids],
    handles: paths.filter((path) => path.startsWith('/@')).flatMap((path) => handleOf(path) ?? []),
    isOfAddress,
  };
}

/** What some elements of a head say: a video or a list in the page has its own, further down. */
function contents(selector: string): string[] {
  const elements = Array.from(document.querySelectorAll(`head > :is(${selector}), body > [itemscope] > :is(${selector})`));
  return elements.map((element) => element.getAttribute('href') ?? element.getAttribute('content') ?? '');
}

/** Follows which channel the page is of while YouTube goes from one to the other. */
export class ChannelPage {
  readonly #loaded = loadedPath();
  #hasLeft = false;

  /** The path of the channel of the page; null where it is none. */
  path(): string | null {
    const path = channelPathOf(location);
    this.#hasLeft ||= path !== this.#loaded;
    return path;
  }

  /** The channel of the page, as it is shown now. */
  identity(): ChannelIdentity | null {
    const path = this.path();
    const header = shownHeader();
    return path === null ? null : identify(path, header && readHeader(header), readHead(!this.#hasLeft));
  }
}

/** The path of the channel that the document was loaded for. */
function loadedPath(): string | null {
  const [navigation] = performance.getEntriesByType('navigation');
  return URL.canParse(navigation?.name ?? '') ? channelPathOf(new URL(navigation!.name)) : null;
}
