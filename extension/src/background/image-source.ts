/** Which pictures may be classified, and under which name their scores are kept. */

import { ClassifyError } from '../shared/messages.ts';
import { isLoopback, type Settings } from '../shared/settings.ts';
import { parseThumbnailUrl, type Thumbnail } from '../shared/thumbnails.ts';

/** A picture on the web; `thumbnail` is null for one that is not YouTube's. */
export interface ImageSource {
  readonly url: string;
  /** The same for all sizes of one picture. */
  readonly key: string;
  readonly thumbnail: Thumbnail | null;
}

/** What a person has allowed. */
export interface Permissions {
  readonly settings: () => Promise<Settings>;
  /** Rejects where the person has not allowed to read pictures from there. */
  readonly checkAllowed: (source: ImageSource) => Promise<void>;
}

const MAX_ADDRESS = 8192;
const MAX_DETAIL = 200;
const MAIN_IMAGE = /^(?:0|default|(?:mq|hq|sd|maxres)default|hq720)$/;
const STILL = /^(?:mq|hq|sd|maxres)?([123])$/;
const YOUTUBE = /(?:^|\.)(?:youtube|youtube-nocookie|youtubekids)\.com$|^youtu\.be$/;
const PRIVATE = /^[^.]+$|\.$|(?:^|\.)(?:local|localhost|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/;

/** Reads the address of a picture that may be fetched now. Throws a ClassifyError: not-a-thumbnail or not-allowed. */
export async function permittedSource(address: string, { settings, checkAllowed }: Permissions): Promise<ImageSource> {
  const thumbnail = thumbnailSource(address);
  if (thumbnail !== null) {
    return thumbnail;
  }
  const { anyPicture } = await settings();
  const source = anyPicture ? pictureSource(address) : null;
  if (source === null) {
    throw new ClassifyError('not-a-thumbnail', address.slice(0, MAX_DETAIL));
  }
  await checkAllowed(source);
  return source;
}

/** Reads the address of a thumbnail, or null for any other picture. */
export function thumbnailSource(address: string): ImageSource | null {
  const thumbnail = address.length > MAX_ADDRESS ? null : parseThumbnailUrl(address);
  return thumbnail === null
    ? null
    : { url: thumbnail.url, key: `${thumbnail.videoId}:${kindOf(thumbnail.variant)}`, thumbnail };
}

/** Reads the address of a picture of another site: https, on a host with a public name that is not YouTube's. */
export function pictureSource(address: string): ImageSource | null {
  const url = address.length <= MAX_ADDRESS && URL.canParse(address) ? new URL(address) : null;
  if (url === null || !isPublic(url)) {
    return null;
  }
  url.hash = '';
  return { url: url.href, key: url.href, thumbnail: null };
}

/** Whether pictures of other sites may come from there; addresses in numbers are nobody's picture server. */
export function isPublic(url: URL): boolean {
  const { protocol, port, username, password, hostname } = url;
  return (
    protocol === 'https:' &&
    port === '' &&
    username === '' &&
    password === '' &&
    !isNumeric(hostname) &&
    !isLoopback(hostname) &&
    !PRIVATE.test(hostname) &&
    !YOUTUBE.test(hostname)
  );
}

function isNumeric(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+(?:\.\d+){3}$/.test(hostname);
}

/** What a variant shows: all sizes of the main picture are one, and so are those of each still from the video. */
function kindOf(variant: string): string {
  return MAIN_IMAGE.test(variant) ? 'main' : (STILL.exec(variant)?.[1] ?? variant);
}
