import { type Picture, resize } from '../shared/pixels.ts';
import { blurred, type Colours, stretched } from './colours.ts';
import { flattenPage } from './flat-page.ts';
import { findCameras } from './pose.ts';
import { isConvex, type Point, project, type Quad } from './quad.ts';
import { rank } from './ranking.ts';
import { findRectangles, type Rectangle } from './rectangles.ts';
import { refine } from './refine.ts';
import { findSegments } from './segments.ts';

/** A thumbnail that was found in a photo; the score, 0 to 1, says how much it looks like the one wanted. */
export interface Found {
  readonly quad: Quad;
  readonly score: number;
}

const LARGE = 1024; // pixels of the longer side: where sides are fitted
const SMALL = 512; // where all else is looked for
const MOST = 5;
const LOOKED_AT = 8; // proposals, whose sides are fitted
const DARKEST = 0.01; // of the pixels are darker than what is taken for black, and as many brighter than white
const FLATTEST = 64; // grey levels: no less is stretched
const LEAST = 0.1; // of a score: nothing below looks like a thumbnail
const SECOND = 0.85; // of the best camera's score: a second camera from here on is tried too
const SMALLEST = 48; // pixels of the shorter side: there is nothing to find in less

/**
 * Finds thumbnails in a photo of a screen, at most five, the likeliest first; none where nothing looks like one.
 *
 * The twin of `backend/photo/find.py`, which says how: whoever changes a rule here changes it there.
 */
export async function findThumbnails(picture: Picture): Promise<Found[]> {
  if (Math.min(picture.width, picture.height) < SMALLEST) {
    return [];
  }
  const large = scaled(picture, LARGE);
  await pause();
  const small = scaled(large, SMALL);
  const [low, high] = levels(small);
  const best = (await proposals(stretched(small, low, high))).sort((a, b) => b.score - a.score).slice(0, LOOKED_AT);
  const fine = stretched(large, low, high);
  const found = best.flatMap((one) => {
    const { quad, edge } = refine(fine, resized(one.quad, small, large));
    return isConvex(quad) ? [{ quad: resized(quad, large, picture), score: one.score * edge }] : [];
  });
  return found
    .sort((a, b) => b.score - a.score)
    .filter((one) => one.score >= LEAST)
    .slice(0, MOST);
}

/** Rectangles of the page in a photo of the size in which they are looked for. */
async function proposals(small: Colours): Promise<Found[]> {
  const soft = blurred(small);
  const cameras = findCameras(findSegments(soft), small.width, small.height);
  const found: Found[] = [];
  for (const camera of cameras) {
    if (camera.score >= SECOND * cameras[0]!.score) {
      await pause();
      const page = flattenPage(soft, camera.matrix);
      const boxes = findRectangles(page, small.width);
      const scores = rank(page, boxes, small.width, small.height);
      const corner = (x: number, y: number): Point => project(page.toPhoto, x, y);
      const corners = ({ left, top, right, bottom }: Rectangle): Quad => [
        corner(left, top),
        corner(right, top),
        corner(right, bottom),
        corner(left, bottom),
      ];
      found.push(...boxes.map((box, i) => ({ quad: corners(box), score: scores[i]! })));
    }
  }
  return found;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function resized(quad: Quad, from: Size, to: Size): Quad {
  return quad.map(([x, y]) => [(x * to.width) / from.width, (y * to.height) / from.height]) as unknown as Quad;
}

/** Lets the page draw and listen in between: all of it takes a second on a slow phone. */
async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** The grey levels between which nearly all of a picture's colours lie. */
function levels({ data }: Picture): [number, number] {
  const counts = new Float64Array(256);
  for (let i = 0; i < data.length; i++) {
    if (i % 4 !== 3) {
      counts[data[i]!]!++;
    }
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const reaching = (share: number): number => {
    let sum = 0;
    return counts.findIndex((count) => (sum += count) >= share * total);
  };
  const low = reaching(DARKEST);
  return [low, Math.max(reaching(1 - DARKEST), low + FLATTEST)];
}

/** A picture whose longer side has so many pixels, or as it is where that has fewer. */
function scaled(picture: Picture, longest: number): Picture {
  const longer = Math.max(picture.width, picture.height);
  if (longer <= longest) {
    return picture;
  }
  // Whole numbers, halves up, as in Python.
  const side = (pixels: number): number => Math.floor((2 * pixels * longest + longer) / (2 * longer));
  const [width, height] = [side(picture.width), side(picture.height)];
  const whole = { left: 0, top: 0, right: picture.width, bottom: picture.height };
  const rgb = resize(picture, whole, height, width);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0, o = 0; i < rgb.length; i += 3, o += 4) {
    data.set(rgb.subarray(i, i + 3), o);
  }
  return { width, height, data };
}
