/** The videos on the pages that are built like YouTube's: thumbnails with who posted them. */
import type { Thumbnail } from '../fixtures.ts';

/** A channel as a card names it; `handle` begins with an @. */
export interface Poster {
  name: string;
  handle: string;
}

export interface Video {
  /** Of the video, and of its picture's element. */
  id: string;
  thumbnail: Thumbnail;
  poster: Poster;
  /** Whether it is the picture's own channel that posts it; never so for the background, whose channels have no name. */
  own: boolean;
}

export const STRANGER: Poster = { name: 'Somebody Else Entirely', handle: '@SomebodyElse' };
export const IMITATOR: Poster = { name: 'The Imitator', handle: '@imitator' };

/** A channel of the model as YouTube would write its name: with capitals, and a handle without spaces. */
export function posterOf({ display_name }: Pick<Thumbnail, 'display_name'>): Poster {
  const name = display_name.replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  return { name, handle: `@${name.replaceAll(/[^\p{L}\p{N}]/gu, '')}` };
}

/** Pictures that are served a second time, for videos of somebody else: the same files with other ids. */
export function imitations(thumbnails: readonly Thumbnail[]): Thumbnail[] {
  return thumbnails.filter(({ known }) => known).map((thumbnail) => renamed(thumbnail, `i${thumbnail.id.slice(1)}`));
}

/** A thumbnail under the id of another video. */
export function renamed(thumbnail: Thumbnail, id: string): Thumbnail {
  return { ...thumbnail, id, path: thumbnail.path.replace(thumbnail.id, id) };
}

/** Every thumbnail as a video of its own channel, followed by the imitations; the background belongs to a stranger. */
export function videosOf(thumbnails: readonly Thumbnail[]): Video[] {
  const own = thumbnails.map((thumbnail) => ({
    id: thumbnail.id,
    thumbnail,
    poster: thumbnail.known ? posterOf(thumbnail) : STRANGER,
    own: thumbnail.known,
  }));
  const copies = imitations(thumbnails).map((thumbnail) => ({
    id: thumbnail.id,
    thumbnail,
    poster: IMITATOR,
    own: false,
  }));
  return [...own, ...copies];
}
