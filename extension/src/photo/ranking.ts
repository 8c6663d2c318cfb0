import weights from '../../../backend/photo/ranking.json' with { type: 'json' };
import { median, sample } from './colours.ts';
import { along, edgeAlong, type FlatPage, isShown, type Rectangle, sidesOf } from './flat-page.ts';
import { project } from './quad.ts';
import { areaOf } from './rectangles.ts';

const POINTS = 24; // a side
const CLEAR = 0.08; // of a side at each end is not looked at: corners may be round
const NEAR = 3; // pixels of the flattened page, outside of a side and inside of it
const FAR = 5.5;
const DEEP = 6;
const SAME = 0.9; // of a step: colours that differ by less are those of one page
const ACROSS = 16; // points within a rectangle
const DOWN = 9;
const STUB = 0.15; // of the height: so far beyond its corners, a side is looked for
const GAP = 3; // pixels between a corner and what is beyond it
const BESIDE = [5, 7, 9]; // pixels outside of a side, where another edge would be a likelier side
const LARGER = 1.3; // times the area of what it holds
const PAGE = [32, 24] as const; // points of the page, across and down

/** Colours, three numbers each. */
type Many = Float64Array;

/** What is seen of a rectangle by itself: numbers of about 0 to 1, of which one is the edge along it. */
export interface Seen {
  readonly edge: number;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Looks at rectangles of a page.
 *
 * The twin of `backend/photo/ranking.py`: a small network weighs what can be seen of a rectangle.
 */
export function describe(page: FlatPage, boxes: readonly Rectangle[], photo: Size): Seen[] {
  const shown = pageColours(page);
  return boxes.map((box) => ({
    edge: edgeAlong(page, box),
    before: [
      ...sidesOf(box)
        .map(({ way, at, start, end }) => along(page, page.wide, way, at, start, end))
        .sort((a, b) => a - b),
      ...surroundings(page, box, shown),
      ...aim(page, box, photo),
      shareShown(page, box),
      Math.abs(Math.log((((box.right - box.left) / (box.bottom - box.top)) * 9) / 16)) * 5,
      ...beyondCorners(page, box),
    ],
    after: beside(page, box),
  }));
}

/** The logit of each rectangle of a page to be the thumbnail that the phone is pointed at, if there is none at 0. */
export function rank(boxes: readonly Rectangle[], seen: readonly Seen[]): number[] {
  const edges = seen.map(({ edge }) => edge);
  return seen.map(({ edge, before, after }, i) => logit([...before, edge, ...relatives(boxes, edges, i), ...after]));
}

function logit(seen: readonly number[]): number {
  let sum = weights.out_bias;
  weights.out.forEach((out, k) => {
    let inner = weights.hidden_bias[k]!;
    seen.forEach((value, i) => (inner += value * weights.hidden[i]![k]!));
    sum += out * Math.tanh(inner);
  });
  return sum;
}

/** Looks at both sides of a box's edges, within it, and at the page: eight numbers. */
function surroundings(page: FlatPage, box: Rectangle, shown: Many): number[] {
  const [near, far, inside, deep] = [NEAR, FAR, -NEAR, -DEEP].map((out) => coloursAt(page, ring(box, out))) as [
    Many,
    Many,
    Many,
    Many,
  ];
  const contrasts: number[] = [];
  let restless = 0;
  for (let side = 0; side < 4; side++) {
    const usual = usualColour(near.subarray(side * POINTS * 3, (side + 1) * POINTS * 3));
    let contrast = 0;
    for (let i = side * POINTS; i < (side + 1) * POINTS; i++) {
      restless += Math.max(difference(page, near, i, far, i), difference(page, near, i, usual, 0));
      contrast += difference(page, near, i, inside, i);
    }
    contrasts.push(contrast / POINTS);
  }
  const around = usualColour(near);
  const within = coloursAt(page, inner(box));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return [
    1 - restless / (4 * POINTS),
    Math.min(...contrasts),
    mean(contrasts),
    shareOf(page, near, around),
    shareOf(page, deep, around),
    shareOf(page, within, around),
    shareOf(page, shown, around),
    variety(within),
  ];
}

/** Points along the four sides of a box, so far outside of it: x, y of each. */
function ring({ left, top, right, bottom }: Rectangle, out: number): Float64Array {
  const points = new Float64Array(4 * POINTS * 2);
  for (let i = 0; i < POINTS; i++) {
    const share = CLEAR + ((1 - 2 * CLEAR) * (i + 0.5)) / POINTS;
    const x = left + (right - left) * share;
    const y = top + (bottom - top) * share;
    points.set([x, top - out], 2 * i);
    points.set([right + out, y], 2 * (POINTS + i));
    points.set([x, bottom + out], 2 * (2 * POINTS + i));
    points.set([left - out, y], 2 * (3 * POINTS + i));
  }
  return points;
}

/** Points within a box. */
function inner({ left, top, right, bottom }: Rectangle): Float64Array {
  const points = new Float64Array(ACROSS * DOWN * 2);
  for (let i = 0; i < ACROSS * DOWN; i++) {
    points[2 * i] = left + ((right - left) * ((i % ACROSS) + 0.5)) / ACROSS;
    points[2 * i + 1] = top + ((bottom - top) * (Math.floor(i / ACROSS) + 0.5)) / DOWN;
  }
  return points;
}

/** Colours here and there on the page, where the photo shows it. */
function pageColours(page: FlatPage): Many {
  const points: number[] = [];
  for (let i = 0; i < PAGE[0] * PAGE[1]; i++) {
    const x = (((i % PAGE[0]) + 0.5) / PAGE[0]) * page.width;
    const y = ((Math.floor(i / PAGE[0]) + 0.5) / PAGE[1]) * page.height;
    points.push(...(isShown(page, x, y) ? [x, y] : []));
  }
  return coloursAt(page, Float64Array.from(points));
}

function coloursAt(page: FlatPage, points: Float64Array): Many {
  const colours = new Float64Array((points.length / 2) * 3);
  for (let i = 0; i < points.length / 2; i++) {
    sample(page, points[2 * i]!, points[2 * i + 1]!, colours, i * 3);
  }
  return colours;
}

function usualColour(colours: Many): Many {
  const count = colours.length / 3;
  const one = new Float64Array(count);
  return Float64Array.from([0, 1, 2], (k) => {
    for (let i = 0; i < count; i++) {
      one[i] = colours[3 * i + k]!;
    }
    return median(one);
  });
}

/** The share of colours that are much like one. */
function shareOf(page: FlatPage, colours: Many, one: Many): number {
  let same = 0;
  for (let i = 0; i < colours.length / 3; i++) {
    same += difference(page, colours, i, one, 0) < SAME ? 1 : 0;
  }
  return same / Math.max(1, colours.length / 3);
}

/** How far colours are from their mean, on average, in 64 grey levels. */
function variety(colours: Many): number {
  const mean = [0, 0, 0];
  colours.forEach((value, i) => (mean[i % 3]! += (3 * value) / colours.length));
  let far = 0;
  colours.forEach((value, i) => (far += Math.abs(value - mean[i % 3]!)));
  return far / colours.length / 64;
}

/** How different two colours are, 0 to 1. */
function difference({ step }: FlatPage, one: Many, i: number, other: Many, j: number): number {
  let most = 0;
  for (let k = 0; k < 3; k++) {
    most = Math.max(most, Math.abs(one[3 * i + k]! - other[3 * j + k]!));
  }
  return Math.min(most / step, 1);
}

/** How far a box's middle is from the photo's, and how much of the photo it fills. */
function aim(
  { toPhoto }: FlatPage,
  { left, top, right, bottom }: Rectangle,
  { width, height }: Size,
): number[] {
  const [x, y] = project(toPhoto, (left + right) / 2, (top + bottom) / 2);
  const away = Math.hypot(x - width / 2, y - height / 2) / Math.min(width, height);
  const [first, last] = [project(toPhoto, left, top), project(toPhoto, right, bottom)];
  const share = Math.hypot(last[0] - first[0], last[1] - first[1]) / Math.hypot(width, height);
  return [Math.min(away, 1) * 2, Math.log(share)];
}

function shareShown(page: FlatPage, box: Rectangle): number {
  const points = ring(box, 1);
  let shown = 0;
  for (let i = 0; i < points.length; i += 2) {
    shown += isShown(page, points[i]!, points[i + 1]!) ? 1 : 0;
  }
  return shown / (4 * POINTS);
}

/** How much edge goes on beyond the corners, on average and at most: a picture's sides end there. */
function beyondCorners(page: FlatPage, box: Rectangle): number[] {
  const far = Math.max(4, Math.floor(STUB * (Math.floor(box.bottom) - Math.floor(box.top))));
  const stubs = sidesOf(box).flatMap(({ way, at, start, end }) => [
    along(page, page.wide, way, at, start - GAP - far, start - GAP),
    along(page, page.wide, way, at, end + GAP + 1, end + GAP + 1 + far),
  ]);
  return [stubs.reduce((sum, stub) => sum + stub, 0) / stubs.length, Math.max(...stubs)];
}

/** How much more edge is along the best box that holds one, and along the best that it holds. */
function relatives(boxes: readonly Rectangle[], edges: readonly number[], i: number): number[] {
  let [outer, inner] = [-1, -1];
  boxes.forEach((other, k) => {
    outer = holds(other, boxes[i]!) ? Math.max(outer, edges[k]!) : outer;
    inner = holds(boxes[i]!, other) ? Math.max(inner, edges[k]!) : inner;
  });
  return [outer - edges[i]!, inner - edges[i]!];
}

function holds(outer: Rectangle, inner: Rectangle): boolean {
  return (
    outer.left <= inner.left + 2 &&
    outer.top <= inner.top + 2 &&
    outer.right >= inner.right - 2 &&
    outer.bottom >= inner.bottom - 2 &&
    areaOf(outer) > LARGER * areaOf(inner)
  );
}

/** How much edge runs along just outside of the sides: at the side where least, and on average. */
function beside(page: FlatPage, box: Rectangle): number[] {
  const most = sidesOf(box).map(({ way, out, at, start, end }) =>
    Math.max(...BESIDE.map((far) => along(page, page.wide, way, at + out * far, start, end))),
  );
  return [Math.min(...most), most.reduce((sum, one) => sum + one, 0) / 4];
}
