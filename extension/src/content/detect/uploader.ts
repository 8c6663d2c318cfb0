/** Who uploaded the video of a thumbnail, as YouTube's own pages say beside it. */

import { firstLine, writtenNames } from './byline.ts';
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

/** Pages with cards: YouTube's own, and its player elsewhere. */
const PAGES = /^(?:www|m|music)\.youtube\.com$|^www\.youtube-nocookie\.com$/;
const YOUTUBE = /^(?:(?:www|m|music)\.)?youtube\.com$/;
const MUSIC = 'music.youtube.com';

/** One video with its thumbnail, its title and the name of its channel. */
export const CARD = [
  'ytd-rich-item-renderer',
  'ytd-video-renderer',
  'ytd-compact-video-renderer',
  'ytd-grid-video-renderer',
  'ytd-playlist-video-renderer',
  'ytd-playlist-panel-video-renderer',
  'ytd-reel-item-renderer',
  'ytd-movie-renderer',
  'ytd-compact-movie-renderer',
  'ytd-grid-movie-renderer',
  'yt-lockup-view-model',
  '.ytLockupViewModelHost',
  'ytm-rich-item-renderer',
  'ytm-media-item',
  'ytm-compact-video-renderer',
  'ytm-video-with-context-renderer',
  'ytm-playlist-video-renderer',
  'ytm-playlist-panel-video-renderer',
  'ytm-video-card-renderer',
  'ytm-reel-item-renderer',
  'ytm-shorts-lockup-view-model',
  'ytm-shorts-lockup-view-model-v2',
  'ytmusic-two-row-item-renderer',
  'ytmusic-responsive-list-item-renderer',
  'ytmusic-player-queue-item',
  '.ytp-ce-element',
  '.ytp-videowall-still',
  '.ytp-modern-videowall-still',
  '.ytp-autonav-endscreen-upnext-container',
].join();

/** Of a player: whose page it stands on says nothing of the videos that it recommends. */
const PLAYER_CARD = '[class*="ytp-"]';

/** A card of several videos, whose thumbnail is one of theirs and whose name is of who gathered them. */
const COLLECTION = [
  'yt-collection-thumbnail-view-model',
  '.ytCollectionThumbnailViewModelHost',
  'yt-collections-stack',
  'ytd-playlist-thumbnail',
  'ytm-playlist-thumbnail',
  '[data-is-list="true"]',
  '[data-is-mix="true"]',
].join();
const COLLECTION_PATH = /^[^?]*\/?playlist\?|[?&]start_radio=|^(?!.*[?&]index=).*[?&]list=/;

const CHANNEL_LINK = 'a[href*="/@"], a[href*="channel/"], a[href*="/c/"], a[href*="/user/"]';
/** A title or a description may lead to channels that have not posted the video. */
const PROSE = 'h3, #video-title, #description-text, .metadata-snippet-container, .metadata-snippet-text';

/** Reads who uploaded a thumbnail's video; null off YouTube, outside of its cards, and where a card does not say. */
export function uploaderOf(image: Element): Uploader | null {
  const card = PAGES.test(location.hostname) ? closest(image, CARD) : null;
  if (card === null || isCollection(card, image)) {
    return null;
  }
  const own = channelOfPage(location.pathname);
  const written = writtenUploader(card, own !== null);
  const linked = linkedUploader(card);
  if (linked !== null) {
    return linked.names.length === 0 ? { ...linked, names: written?.names ?? [] } : linked;
  }
  return written ?? (card.matches(PLAYER_CARD) ? null : own);
}

function isCollection(card: Element, image: Element): boolean {
  const address = closest(image, 'a[href]')?.getAttribute('href') ?? '';
  const leadsToList = location.hostname !== MUSIC && COLLECTION_PATH.test(address); // music plays all in lists
  return leadsToList || card.matches(COLLECTION) || card.querySelector(COLLECTION) !== null;
}

function linkedUploader(card: Element): Uploader | null {
  const links = Array.from(card.querySelectorAll<HTMLAnchorElement>(CHANNEL_LINK), (link) => ({
    path: link.closest(PROSE) === null ? channelPath(link.getAttribute('href') ?? '', document.baseURI) : null,
    text: firstLine(link.textContent),
    place: link.parentElement,
  })).filter((link) => link.path !== null);
  const path = links[0]?.path ?? null;
  // Authors stand side by side; other channels, as in a description, elsewhere.
  const place = links.find((link) => link.path === path && link.text !== '')?.place;
  const names = links.filter((link) => link.text !== '' && (link.path === path || link.place === place));
  // An artist has another id in music than the channel that posts the videos.
  const channel = path === null || location.hostname === MUSIC ? null : channelOfPage(path);
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
function writtenUploader(card: Element, isChannelPage: boolean): Uploader | null {
  const text = writtenNames(card, isChannelPage);
  return text === '' ? null : { names: authorsIn(text), handle: null };
}

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
  return url !== null && YOUTUBE.test(url.hostname) ? (CHANNEL_PATH.exec(url.pathname)?.[0] ?? null) : null;
}

const CHANNEL_PATH = /^\/(?:@|channel\/|c\/|user\/)[^/]+/;

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
