/** Which addresses are YouTube thumbnails. */

/** A thumbnail's video, the name of its size (`hqdefault`) and the https address to fetch it from. */
export interface Thumbnail {
  readonly videoId: string;
  readonly variant: string;
  readonly url: string;
}

const HOST = /^(?:i[1-9]?\.ytimg\.com|img\.youtube\.com)$/;

/** Further names of the same servers. Nothing is fetched from there: i.ytimg.com has the same picture. */
const ALIAS = /^(?:img\.youtube-nocookie|ytimg\.googleusercontent)\.com$/;

/** `vi_lc` has the pictures of each language: `hq720_es`. */
const PATH = /^\/(?:vi(?:_lc)?\/([\w-]{11})\/([\w-]+)\.(?:jpg|webp)|vi_webp\/([\w-]{11})\/([\w-]+)\.webp)$/;

// `default` is 120x90 by itself, and so are the three stills 1 to 3.
const SMALL_VARIANT = /^(?:default|[123])(?:_live)?$/;

/**
 * Reads the address of a thumbnail, or null for any other address.
 *
 * Protocol-relative and http addresses are upgraded to https; the query (`sqp`, `rs`) is kept because it selects the
 * crop, the fragment is not. Look-alike hosts, ports and credentials are refused.
 */
export function parseThumbnailUrl(text: string): Thumbnail | null {
  const address = text.startsWith('//') ? `https:${text}` : text;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol === 'http:' && url.port === '') {
    url.protocol = 'https:';
  }
  if (url !== null && ALIAS.test(url.hostname)) {
    url.hostname = 'i.ytimg.com';
  }
  if (url === null || !isThumbnailServer(url)) {
    return null;
  }
  const match = PATH.exec(url.pathname);
  const videoId = match?.[1] ?? match?.[3];
  const variant = match?.[2] ?? match?.[4];
  if (videoId === undefined || variant === undefined) {
    return null;
  }
  url.hash = '';
  return { videoId, variant, url: url.href };
}

export function isVideoId(text: string): boolean {
  return /^[\w-]{11}$/.test(text);
}

/** The address of a video's thumbnail where only the video is known: YouTube has this size, of 16:9, for every video. */
export function thumbnailOf(videoId: string): string {
  return `https://i.ytimg.com/vi/${videoId}/mqdefault.jpg`;
}

/** Whether a thumbnail may come from there: https, one of YouTube's picture hosts, nothing odd in the address. */
export function isThumbnailServer(url: URL): boolean {
  return (
    url.protocol === 'https:' &&
    HOST.test(url.hostname) &&
    url.port === '' &&
    url.username === '' &&
    url.password === ''
  );
}

/** Whether YouTube's own picture of this size is larger than its 120x90 stand-in for missing ones. */
export function isLargeVariant(variant: string): boolean {
  return !SMALL_VARIANT.test(variant);
}
