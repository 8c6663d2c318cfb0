import { type Picture, resize } from '../model/pixels.ts';
import { blurred, type Colours, stretched } from './colours.ts';
import { type FlatPage, flattenPage, type Rectangle } from './flat-page.ts';
import { findCameras } from './pose.ts';
import { isConvex, type Point, project, type Quad } from './quad.ts';
import { describe, rank, type Seen } from './ranking.ts';
import { findRectangles, nearRectangles, overlap } from './rectangles.ts';
import { refine } from './refine.ts';
import { findSegments } from './segments.ts';

/** A thumbnail that was found in a photo; the score says how likely it is the one wanted, 0 to 1 for all together. */
export interface Found {
  readonly quad: Quad;
  readonly score: number;
}

/** A rectangle of a page, what is seen of it, and its logit to be the thumbnail wanted. */
interface Proposal {
  readonly page: FlatPage;
  readonly box: Rectangle;
  readonly seen: Seen;
  readonly logit: number;
}

const LARGE = 1024; // pixels of the longer side: where sides are fitted
const SMALL = 512; // where all else is looked for
const MOST = 5;
const LOOKED_AT = [4, 2]; // of the best proposals so far: near these, others are tried
const SAME = 0.7; // overlap (intersection over union) from which on two proposals mean one thumbnail
const DARKEST = 0.01; // of the pixels are darker than what is taken for black, and as many brighter than white
const FLATTEST = 64; // grey levels: no less is stretched
const LEAST = 0.05; // of a score: what has less is no thumbnail
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
  const best = likeliest(await propose(stretched(small, low, high)));
  const fine = stretched(large, low, high);
  return best.flatMap(({ quad, score }) => {
    const refined = refine(fine, resized(quad, small, large));
    return isConvex(refined) ? [{ quad: resized(refined, large, picture), score }] : [];
  });
}

/** Proposes rectangles in a photo of the size in which they are looked for, for each turn of the camera. */
async function propose(small: Colours): Promise<Proposal[]> {
  const soft = blurred(small);
  let found: Proposal[] = [];
  for (const matrix of findCameras(findSegments(soft), small.width, small.height)) {
    await pause();
    const page = flattenPage(soft, matrix);
    found.push(...ranked(page, [], findRectangles(page, small.width), small));
  }
  for (const most of LOOKED_AT) {
    await pause();
    const seeds = apart(found, most);
    const pages = new Set(found.map(({ page }) => page));
    found = [...pages].flatMap((page) => {
      const near = seeds.filter((one) => one.page === page).flatMap(({ box }) => nearRectangles(page, box));
      return ranked(page, found.filter((one) => one.page === page), near, small);
    });
  }
  return found;
}

/** Ranks rectangles of a page with those that were looked at already; each is taken once. */
function ranked(page: FlatPage, known: readonly Proposal[], more: readonly Rectangle[], small: Colours): Proposal[] {
  const keyOf = ({ left, top, right, bottom }: Rectangle): string => [left, top, right, bottom].join();
  const taken = new Set(known.map(({ box }) => keyOf(box)));
  const fresh = more.filter((box) => !taken.has(keyOf(box)) && taken.add(keyOf(box)));
  const boxes = [...known.map(({ box }) => box), ...fresh];
  const seen = [...known.map((one) => one.seen), ...describe(page, fresh, small)];
  const logits = rank(boxes, seen);
  return boxes.map((box, i) => ({ page, box, seen: seen[i]!, logit: logits[i]! }));
}

function isSame(one: Proposal, other: Proposal): boolean {
  return one.page === other.page && overlap(one.box, other.box) >= SAME;
}

/** The best proposals that mean different thumbnails. */
function apart(proposals: readonly Proposal[], most: number): Proposal[] {
  const kept: Proposal[] = [];
  for (const one of proposals.toSorted((a, b) => b.logit - a.logit)) {
    if (kept.length < most && !kept.some((other) => isSame(one, other))) {
      kept.push(one);
    }
  }
  return kept;
}

/** The likeliest thumbnails; what is likely of one rectangle is so of all that mean the same thumbnail. */
function likeliest(proposals: readonly Proposal[]): Found[] {
  const top = proposals.reduce((most, { logit }) => Math.max(most, logit), 0);
  const likely = ({ logit }: Proposal): number => Math.exp(logit - top);
  const total = proposals.reduce((sum, one) => sum + likely(one), Math.exp(-top)); // that there is none, too
  let left = proposals;
  const found = apart(proposals, 2 * MOST).map((best) => {
    const score = left.filter((one) => isSame(best, one)).reduce((sum, one) => sum + likely(one), 0) / total;
    left = left.filter((one) => !isSame(best, one));
    return { quad: cornersOf(best), score };
  });
  return found
    .sort((a, b) => b.score - a.score)
    .filter(({ score }) => score >= LEAST)
    .slice(0, MOST);
}

function cornersOf({ page, box: { left, top, right, bottom } }: Proposal): Quad {
  const corner = (x: number, y: number): Point => project(page.toPhoto, x, y);
  return [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)];
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
