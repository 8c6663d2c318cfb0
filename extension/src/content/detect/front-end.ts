/**
 * Whether a page is of a front end or a search engine that people choose so that Google is not asked: by its host, and by
 * what it says of itself, because anybody may run one on any host.
 */

/** Such a page shows YouTube's videos by itself, with links like YouTube's, or it shows other things. */
export type FrontEnd = 'videos' | 'other';

const VIDEOS = 'invidious|inv|yewtu|piped|poketube|poke|viewtube|cloudtube|hyperpipe|libretube|freetube|materialious|tubo|ytfront';
const OTHERS =
  'searx|searxng|searx-ng|whoogle|redlib|libreddit|teddit|nitter|xcancel|duckduckgo|startpage|qwant|kagi|mojeek|metager|swisscows|4get|librex|librey|presearch';

/** A part of a host between dots or hyphens: `yt.invidious.example`, `searx-1.example`. */
const HOSTS: readonly (readonly [RegExp, FrontEnd])[] = [
  [new RegExp(String.raw`(?:^|[.-])(?:${VIDEOS})\d*(?:[.-]|$)`), 'videos'],
  [new RegExp(String.raw`(?:^|[.-])(?:${OTHERS})\d*(?:[.-]|$)`), 'other'],
  [/^search\.brave\.com$|^leta\.mullvad\.net$|\.(?:onion|i2p|loki)$/, 'other'],
];

/** Names that mean nothing else; a title has one at its beginning or end, as sites write their own name. */
const SAID_VIDEOS = 'Invidious|Piped|PokeTube|Poke|ViewTube|CloudTube|Hyperpipe|LibreTube|FreeTube|Materialious';
const SAID_OTHERS =
  'SearXNG|SearX|Whoogle(?: Search)?|Redlib|Libreddit|Teddit|Nitter|DuckDuckGo|Startpage|Qwant|Kagi|Mojeek|MetaGer|Swisscows|Brave Search|4get|LibreX|LibreY';

/** Where their source lies, to which each of them links. */
const SOURCE_VIDEOS = 'iv-org/invidious|TeamPiped|ashley/poke|ViewTube/viewtube|~cadence/tube|cloudtube|Hyperpipe/Hyperpipe|libre-tube|FreeTubeApp|Materialious';
const SOURCE_OTHERS = 'searxng/searxng|searx/searx|benbusby/whoogle|redlib-org|libreddit|teddit|zedeus/nitter|lolcat/4get|hnhx/librex|LibreY';

const names = (words: string): RegExp => new RegExp(String.raw`^(?:${words})(?![\w'])|[-–—|·•:/]\s*(?:${words})$`, 'i');
const NAMES: readonly (readonly [RegExp, FrontEnd])[] = [
  [names(SAID_VIDEOS), 'videos'],
  [names(SAID_OTHERS), 'other'],
];
const SOURCES: readonly (readonly [RegExp, FrontEnd])[] = [
  [new RegExp(`/(?:${SOURCE_VIDEOS})`, 'i'), 'videos'],
  [new RegExp(`/(?:${SOURCE_OTHERS})`, 'i'), 'other'],
];

/** What a page says of itself. */
export interface Said {
  /** Its title, generator, and the name of its search. */
  readonly names: readonly string[];
  /** The addresses to which its foot leads. */
  readonly links: readonly string[];
}

/** Null for any other page. */
export function frontEndOf(host: string, { names, links }: Said): FrontEnd | null {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return kindOf([name], HOSTS) ?? kindOf(names.map((text) => text.trim()), NAMES) ?? kindOf(links, SOURCES);
}

function kindOf(texts: readonly string[], kinds: readonly (readonly [RegExp, FrontEnd])[]): FrontEnd | null {
  return kinds.find(([pattern]) => texts.some((text) => pattern.test(text)))?.[1] ?? null;
}

const NAMED = [
  'meta[name="generator"]',
  'meta[name="application-name"]',
  'meta[property="og:site_name"]',
  'meta[name="apple-mobile-web-app-title"]',
  'link[rel~="search"]',
].join();
const FOOT = 'footer a[href], [class*="footer" i] a[href], [id*="footer" i] a[href]';
const MAX_LINKS = 100;
const MAX_TEXT = 200; // letters

/** Reads what this page says of itself. */
export function saidHere(): Said {
  const named = Array.from(
    document.querySelectorAll(NAMED),
    (element) => element.getAttribute('content') ?? element.getAttribute('title') ?? '',
  );
  const links = Array.from(document.querySelectorAll(FOOT)).slice(0, MAX_LINKS);
  return {
    names: [document.title, ...named].map((text) => text.slice(0, MAX_TEXT)),
    links: links.map((link) => (link.getAttribute('href') ?? '').slice(0, MAX_TEXT)),
  };
}
