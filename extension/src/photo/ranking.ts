import { median, sample } from './colours.ts';
import type { FlatPage } from './flat-page.ts';
import { project } from './quad.ts';
import type { Rectangle } from './rectangles.ts';

const POINTS = 24; // a side
const CLEAR = 0.08; // of a side at each end is not looked at: corners may be round
const NEAR = 3; // pixels of the flattened page, outside of a side and inside of it
const FAR = 5;
const DEEP = 6;
const STEP = 2.5; // times the gradient of an edge in full: a difference between colours from here on is one in full
const CENTRED = 0.2; // of the photo's shorter side: so far from its middle, what a photo is of may hardly lie
const POWER = 2; // of the edge along a box: nothing tells as much
const LOUD = 0.4; // of its looks is lost to a box with no quiet around it
const CLEAR_CUT = 0.93; // of an edge along what is held: less is likelier a part of a picture
const PAGED = 0.4; // of what is just inside of a holder is of the page
const GOOD = 0.85; // of a holder's looks and place, for what it holds
const HOLDS = 0.7; // a rectangle with so much of another's height or less inside, and its page, holds it
const SAME = 0.9; // of a step: colours that differ by less are those of one page
const HELD = 0.4; // of its score is left to a rectangle that holds another

type Colour = readonly [number, number, number];

interface Judged {
  readonly box: Rectangle;
  readonly around: Colour;
  readonly within: Float64Array;
}

interface Wanted extends Judged {
  readonly wanted: number;
}

/**
 * Scores how much each rectangle of a page is the thumbnail that the phone is pointed at, 0 to 1.
 *
 * The twin of `backend/photo/ranking.py`: a quiet page around it, edges along all sides, the photo's middle in it or near
 * it; and rather a picture than what holds one, such as the screen.
 */
export function rank(page: FlatPage, boxes: readonly Rectangle[], width: number, height: number): number[] {
  const step = STEP * page.full;
  const judged = boxes.map((box) => {
    const { looks, ...one } = judge(page, box, step);
    return { ...one, wanted: looks * aimed(page, box, width, height) };
  });
  return judged.map((one) => {
    const holds = judged.some((other) => isHeld(other, one, step));
    return one.wanted * (holds ? HELD : 1);
  });
}

/** Looks at both sides of a box's edges: how quiet it is outside, how different inside. */
function judge(page: FlatPage, box: Rectangle, step: number): Judged & { readonly looks: number } {
  const [near, far, inside, deep] = [NEAR, FAR, -NEAR, -DEEP].map((out) => ring(page, box, out)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let [restless, contrast] = [0, 0];
  for (let side = 0; side < 4; side++) {
    const usual = usualColour(near.subarray(side * POINTS * 3, (side + 1) * POINTS * 3));
    for (let i = side * POINTS; i < (side + 1) * POINTS; i++) {
      const here = colourAt(near, i);
      restless += Math.max(difference(here, colourAt(far, i), step), difference(here, usual, step));
      contrast += difference(here, colourAt(inside, i), step);
    }
  }
  const quiet = 1 - restless / (4 * POINTS);
  const looks = box.edge ** POWER * (1 - LOUD + LOUD * quiet) * (0.5 + (0.5 * contrast) / (4 * POINTS));
  return { box, looks, around: usualColour(near), within: deep };
}

/** Colours along the four sides of a box, so far outside of them. */
function ring(page: FlatPage, { left, top, right, bottom }: Rectangle, out: number): Float64Array {
  const colours = new Float64Array(4 * POINTS * 3);
  for (let i = 0; i < POINTS; i++) {
    const along = CLEAR + ((1 - 2 * CLEAR) * (i + 0.5)) / POINTS;
    const x = left + (right - left) * along;
    const y = top + (bottom - top) * along;
    const points = [[x, top - out], [right + out, y], [x, bottom + out], [left - out, y]] as const;
    points.forEach(([px, py], side) => sample(page, px, py, colours, (side * POINTS + i) * 3));
  }
  return colours;
}

function colourAt(colours: Float64Array, i: number): Colour {
  return [colours[3 * i]!, colours[3 * i + 1]!, colours[3 * i + 2]!];
}

function usualColour(colours: Float64Array): Colour {
  return [0, 1, 2].map((k) => median(colours.filter((_, i) => i % 3 === k))) as unknown as Colour;
}

/** The share of colours that are much like another. */
function shareOf(colours: Float64Array, other: Colour, step: number): number {
  let same = 0;
  for (let i = 0; i < 4 * POINTS; i++) {
    same += difference(colourAt(colours, i), other, step) < SAME ? 1 : 0;
  }
  return same / (4 * POINTS);
}

/** How different colours are, 0 to 1. */
function difference(one: Colour, other: Colour, step: number): number {
  const most = Math.max(Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1]), Math.abs(one[2] - other[2]));
  return Math.min(most / step, 1);
}

/** How well the photo is aimed at a box: best in its middle, less away from it, and better for large ones. */
function aimed({ toPhoto }: FlatPage, { left, top, right, bottom }: Rectangle, width: number, height: number): number {
  const [x, y] = project(toPhoto, (left + right) / 2, (top + bottom) / 2);
  const away = Math.hypot(x - width / 2, y - height / 2) / (CENTRED * Math.min(width, height));
  const [first, last] = [project(toPhoto, left, top), project(toPhoto, right, bottom)];
  const share = Math.hypot(last[0] - first[0], last[1] - first[1]) / Math.hypot(width, height);
  return Math.exp(-(away ** 2) / 2) * Math.min(1, 0.7 + share);
}

/** Whether a box lies in another that is wanted hardly more, on the page that this has inside. */
function isHeld(one: Wanted, holder: Wanted, step: number): boolean {
  const [inner, outer] = [one.box, holder.box];
  return (
    outer.left <= inner.left + 2 &&
    outer.top <= inner.top + 2 &&
    outer.right >= inner.right - 2 &&
    outer.bottom >= inner.bottom - 2 &&
    inner.bottom - inner.top <= HOLDS * (outer.bottom - outer.top) &&
    inner.edge >= CLEAR_CUT &&
    one.wanted >= GOOD * holder.wanted &&
    shareOf(holder.within, one.around, step) >= PAGED
  );
}
