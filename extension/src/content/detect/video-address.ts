/** Which video of YouTube's an address leads to, also through the links with which sites lead away; no DOM in here. */

import { decodedAddresses, MAX_LENGTH, unescapedForms } from './hidden-address.ts';

const HOST = /^(?:(?:www|m|music|gaming|kids|tv)\.)?youtube(?:-nocookie|kids)?\.com$|^youtube\.googleapis\.com$/;
const ID = /^[\w-]{11}$/;
const VIDEO_PATH = /^\/(?:embed|shorts|live|v|e|vi|watch)\/([\w-]{11})(?=[/&?]|$)/;
const APP = /^(?:vnd\.youtube(?:\.launch)?|youtube):(?:\/\/)?([\w-]{11})(?=[?&/]|$)/i;

/** An app's own address of a page, and one without its beginning. */
const APP_PAGE = /^(?:intent|vnd\.youtube|youtube):\/\/(?=[\w.-]+\/)/i;
const BARE = /^(?:www\.|m\.)?youtu(?:be\.com|\.be)\//i;

const MAX_DEPTH = 4; // links that lead to links

/** What a parameter is called that says where a link leads, and not where it comes from. */
const PARAMETERS =
  'u|q|to|uddg|iai|target|dest|destination|redir|redirect(?:_to)?|link|href|goto|go|out|continue|next|z|r|l|p|page';
const TARGET = new RegExp(String.raw`^(?:(?!ref|from|src|source|origin|prev)\w{0,20}ur[li]|${PARAMETERS})$`, 'i');

/** Words that are as long as an id, where one could be. */
const NO_ID = ['videoseries', 'live_stream'];

/**
 * The id of the video that an address leads to, null for any other address. With `isFrontEnd` the base is a page of
 * somebody else's that shows YouTube's videos: its own links name them as YouTube's do.
 */
export function linkedVideoId(address: string, base: string, isFrontEnd = false): string | null {
  return idBehind(address, base, isFrontEnd ? hostOf(base) : null, MAX_DEPTH);
}

function hostOf(base: string): string | null {
  return URL.canParse(base) ? new URL(base).host : null;
}

function idBehind(address: string, base: string, frontEnd: string | null, depth: number): string | null {
  if (depth === 0 || address.length > MAX_LENGTH) {
    return null;
  }
  const app = APP.exec(address)?.[1];
  if (app !== undefined) {
    return app;
  }
  const text = address.replace(APP_PAGE, 'https://').replace(BARE, 'https://$&');
  const url = URL.canParse(text, base) ? new URL(text, base) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return null;
  }
  return idOfPage(url, frontEnd) ?? firstId(targetsOf(url), url.href, depth - 1);
}

function firstId(targets: Iterable<string>, base: string, depth: number): string | null {
  for (const target of targets) {
    const id = idBehind(target, base, null, depth);
    if (id !== null) {
      return id;
    }
  }
  return null;
}

/** The video of a page of YouTube's, or of a front end on that host. */
function idOfPage({ hostname, host, pathname, searchParams, hash }: URL, frontEnd: string | null): string | null {
  if (hostname === 'youtu.be' || hostname === 'www.youtu.be') {
    return checked(pathname.split('/')[1]);
  }
  const isYouTube = HOST.test(hostname) || HOST.test(translated(hostname));
  if (!isYouTube && host !== frontEnd) {
    return null;
  }
  const inHash = /^#\/watch\?(.*)$/.exec(hash)?.[1]; // as links to the mobile site once were
  const isWatch = /^\/watch(?:_popup|_videos)?\/?$/.test(pathname);
  const id = isWatch ? searchParams.get('v') : new URLSearchParams(inHash).get('v');
  return checked(id) ?? checked(VIDEO_PATH.exec(pathname)?.[1]);
}

/** The host that Google Translate shows: `www-youtube-com.translate.goog`. */
function translated(hostname: string): string {
  return hostname.endsWith('.translate.goog') ? hostname.slice(0, -'.translate.goog'.length).replaceAll('-', '.') : '';
}

function checked(id: string | null | undefined): string | null {
  return id !== null && id !== undefined && ID.test(id) && !NO_ID.includes(id) ? id : null;
}

/** Where a link may lead on to: an address in a parameter, or in the path. */
function* targetsOf(url: URL): Generator<string> {
  for (const [name, value] of url.searchParams) {
    if (TARGET.test(name) && isAddress(value)) {
      yield value;
    } else if (TARGET.test(name)) {
      yield* decodedAddresses(value);
    }
  }
  if (/^\?https?(?::|%3A)/i.test(url.search)) {
    yield unescapedForms(url.search.slice(1)).at(-1)!; // the whole query
  }
  // Of the query, what belongs to the address in the path.
  yield* addressesInPath(url.pathname, url.search);
}

/** A whole address, or one of YouTube's own pages without its host, as in `attribution_link?u=/watch?v=…`. */
function isAddress(text: string): boolean {
  return /^(?:https?:\/\/|\/\/|\/watch\?|(?:www\.|m\.)?youtu(?:be\.com|\.be)\/)/i.test(text);
}

/** With the query where the address has none of its own; Yahoo writes `/RU=ADDRESS/RK=2/…`. */
function* addressesInPath(path: string, query: string): Generator<string> {
  const place = path.search(/https?(?::|%3A)?(?:\/|%2F)/i);
  if (place > 0) {
    const whole = unescapedForms(path.slice(place)).at(-1)!.replace(/^(https?):?\/+/i, '$1://').replace(/\/RK=.*$/, '');
    yield whole.includes('?') ? whole : whole + query;
  }
  yield* decodedAddresses(path);
}
