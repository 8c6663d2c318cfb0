/** What a picture is called where something is kept of it: no address of a page that somebody looked at is stored. */

import { sha256 } from '../../model/sha256.ts';
import type { Example } from '../../shared/learning.ts';
import { thumbnailOf } from '../../shared/thumbnails.ts';
import type { ImageSource } from '../image-source.ts';

/** Of a thumbnail, its video and what of it; of any other picture, the SHA-256 of its address. */
export async function pictureName({ key, thumbnail }: ImageSource): Promise<string> {
  return thumbnail === null ? `picture:${await sha256(new TextEncoder().encode(key).buffer)}` : key;
}

/** The name under which a picture can be an example: a video's for its main picture alone, '' for its stills. */
export function exampleOf({ thumbnail, key }: ImageSource, name: string): Example {
  if (thumbnail === null) {
    return name;
  }
  return key === `${thumbnail.videoId}:main` ? thumbnail.videoId : '';
}

/** Where an example can be read again; null for a file. */
export function addressOf(example: Example): string | null {
  return example.startsWith('picture:') ? null : thumbnailOf(example);
}
