/** YouTube's stand-in for a thumbnail that does not exist: a small grey picture, sent with status 200 by some servers. */

import type { Picture } from '../model/pixels.ts';
import { isLargeVariant, type Thumbnail } from '../shared/thumbnails.ts';

const WIDTH = 120;
const HEIGHT = 90;
const GREY_SPREAD = 12; // JPEG leaves a little colour in grey

/** Whether a picture is the stand-in: 120x90 and grey, where the address asks for more than 120x90. */
export function isPlaceholder(picture: Picture, thumbnail: Thumbnail): boolean {
  return (
    picture.width === WIDTH && picture.height === HEIGHT && isLargeVariant(thumbnail.variant) && isGrey(picture)
  );
}

function isGrey({ data }: Picture): boolean {
  for (let i = 0; i < data.length; i += 4) {
    const brightest = Math.max(data[i]!, data[i + 1]!, data[i + 2]!);
    const darkest = Math.min(data[i]!, data[i + 1]!, data[i + 2]!);
    if (brightest - darkest > GREY_SPREAD) {
      return false;
    }
  }
  return true;
}
