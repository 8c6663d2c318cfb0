/** What a page of the gallery is: one way in which a site of today shows a thumbnail, and what a person should see there. */
import type { Thumbnail } from '../fixtures.ts';
import type { Stage } from '../stage.ts';

/** Two thumbnails that are surely of different channels: the one that is pointed at, and another one. */
export interface Pictures {
  readonly shown: Thumbnail;
  readonly other: Thumbnail;
}

/**
 * What comes of pointing at `#target`: the answer for `shown`, a look-alike of it, none of the channels (because another
 * one posted it), that Shorts are not compared, the question whether its thumbnail may be fetched, or nothing.
 */
export type Expectation = 'answer' | 'lookalike' | 'unknown' | 'short' | 'question' | 'silent';

export interface GalleryPage {
  readonly name: string;
  /** Where the page lies; its host exists in the tests. */
  readonly url: string;
  /** The page's head (styles) and body. What is pointed at has the id `target`. */
  readonly html: (pictures: Pictures) => string;
  readonly expects: Expectation;
  /** Pictures that the page shows, besides those on YouTube's own hosts: the file of `shown`, by address. */
  readonly copies?: (pictures: Pictures) => readonly string[];
  /** Without the other thumbnail below it, which tells that the extension listens: the page then loads nothing of YouTube's. */
  readonly alone?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Does what a person does there instead of pointing at `#target`, before the answer is awaited. */
  readonly act?: (stage: Stage) => Promise<void>;
  /** Looks at more than the answer, once it is there. */
  readonly check?: (stage: Stage) => Promise<void>;
}

/** The video of a thumbnail. */
export function videoId({ path }: Thumbnail): string {
  return path.split('/')[2] ?? '';
}

/** The address of a thumbnail, in a size of YouTube's. */
export function thumbnailUrl(thumbnail: Thumbnail, variant = 'hqdefault'): string {
  return `https://i.ytimg.com/vi/${videoId(thumbnail)}/${variant}.jpg`;
}
