/** Which thumbnails of a channel are on its page: those of its own videos, each once. */

import type { ChannelIdentity } from '../../shared/learning.ts';
import { thumbnailOf } from '../../shared/thumbnails.ts';
import { isShort } from './shorts.ts';
import { closest } from './stacking.ts';
import { channelOfPage, isUploadedBy, type Uploader, uploaderOf } from './uploader.ts';
import { linkedVideoId } from './video-address.ts';

/** Links to videos; those of Shorts are others. */
const LINK = 'a[href*="/watch?"]';
/** What shows a thumbnail in a link; lazy ones have no picture yet. */
const PICTURE = 'img, yt-image, yt-thumbnail-view-model, .ytThumbnailViewModelHost, ytd-thumbnail, .video-thumbnail-img';
/** What YouTube or others put between a channel's own: advertisements, and lists of what was seen or comes next. */
const FOREIGN = [
  'ytd-ad-slot-renderer',
  'ytd-in-feed-ad-layout-renderer',
  'ytm-promoted-video-renderer',
  '[class*="ad-slot"]',
  'ytd-masthead',
  'ytd-miniplayer',
  'ytd-notification-renderer',
  'ytd-video-preview',
  '#movie_player',
].join();
const MOST_VIDEOS = 300; // of a page
const SLICE_MS = 8; // of the page's time at once

/** The thumbnails that were found so far: more come as the page grows. */
export class ChannelVideos {
  readonly #ids = new Set<string>();
  #next = 0;

  constructor(private readonly channel: ChannelIdentity) {}

  /** The ids of the videos, in the order in which they were found. */
  get ids(): readonly string[] {
    return [...this.#ids];
  }

  /** Looks through the page, as far as there is time; says whether its end was reached. */
  look(): boolean {
    const links = document.querySelectorAll<HTMLAnchorElement>(LINK);
    const end = performance.now() + SLICE_MS;
    for (; this.#next < links.length && this.#ids.size < MOST_VIDEOS; this.#next++) {
      if (performance.now() > end) {
        return false;
      }
      this.#visit(links[this.#next]!);
    }
    this.#next = 0; // from the top the next time: what was hidden may be shown
    return true;
  }

  #visit(link: HTMLAnchorElement): void {
    const id = linkedVideoId(link.getAttribute('href') ?? '', location.href);
    if (id !== null && !this.#ids.has(id) && isOwn(link, id, this.channel)) {
      this.#ids.add(id);
    }
  }
}

function isOwn(link: HTMLAnchorElement, id: string, channel: ChannelIdentity): boolean {
  const picture = link.querySelector(PICTURE);
  return (
    picture !== null &&
    link.checkVisibility() && // pages before stay in the document, hidden
    closest(link, FOREIGN) === null &&
    !isShort(picture, thumbnailOf(id)) &&
    isPostedBy(uploaderOf(picture), channel, channelOfPage(location.pathname))
  );
}

/**
 * Whether a card is surely of a channel, whose page calls it `own`: a card that says by an id alone of whom it is must
 * say just this id.
 */
export function isPostedBy(uploader: Uploader | null, { id, handle, name }: ChannelIdentity, own: Uploader | null): boolean {
  if (uploader === null) {
    return false;
  }
  if (uploader.names.length === 0 && uploader.handle === null) {
    return uploader.id === id;
  }
  const isUnnamed = uploader.names.length === 0 && own !== null && uploader.handle === own.handle;
  return isUnnamed || isUploadedBy(uploader, { name, displayName: name, handle, ...(id === '' ? {} : { id }) });
}
