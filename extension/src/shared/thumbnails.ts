/** Which addresses are YouTube thumbnails. */

/** A thumbnail's video, the name of its size (`hqdefault`) and the https address to fetch it from. */
export interface Thumbnail {
  readonly videoId: string;
  readonly variant: string;
  readonly url: string;
}

const HOST = /^(?:i[1-9]?\.ytimg\.com|img\.youtube\.com)$/;
const PATH = /^\/(?:vi\/([\w-]{11})\/([\w-]+)\.jpg|vi_webp\/([\w-]{11})\/([\w-]+)\.webp)$/;

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
