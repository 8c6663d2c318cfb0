/**
 * Where the badge stands on its picture, or the dot where it has no room, and then the badge beside it; in px of the
 * viewport. No DOM in here, and nothing of what the badge says: a page must not learn that from where it stands.
 */

import { intersection, type Rectangle, type Size } from '../../shared/geometry.ts';
import { EDGE } from './placement.ts';

/** A corner of a picture: `start` is where lines begin. */
export interface Corner {
  readonly edge: 'top' | 'bottom';
  readonly side: 'start' | 'end';
}

/** The room of a badge, which stands in one corner of it. */
export interface BadgePlace extends Corner {
  readonly left: number;
  readonly top: number;
  readonly maxWidth: number;
  readonly lines: number;
  /** Of a badge with so many lines. */
  readonly height: number;
}

const MARGIN = 6; // px between the badge and the edge of the picture
const PLAY_LENGTH = 24; // px at the bottom of a picture, where sites write how long the video is
const LINE = 17.5; // px, as in badge.css.ts
const NARROW = 150; // px: a badge in less has smaller letters
const NARROW_LINE = 15; // px
const PADDING = 6; // px above and below the text
const CLEAR = 4; // px between the badge and what is to be left free
export const LEAST_WIDTH = 150; // px of a picture that a badge stands on
const LEAST_RUN = 100; // px: the badge in less has a word a line
const ROOM = 240; // px, over all lines: enough for what a badge mostly says
const MAX_SHIFTS = 3;

const CORNERS: readonly Corner[] = (['top', 'bottom'] as const).flatMap((edge) =>
  (['start', 'end'] as const).map((side) => ({ edge, side })),
);

/**
 * The first corner of what is visible of a picture where a badge covers nothing that is to be left free, `before` first;
 * else the nearest place to one; null where there is none.
 */
export function placeBadge(
  visible: Rectangle,
  obstacles: readonly Rectangle[],
  mirrored: boolean,
  before: Corner | null = null,
): BadgePlace | null {
  if (visible.right - visible.left < LEAST_WIDTH || visible.bottom - visible.top < heightOf(1) + 2 * MARGIN) {
    return null;
  }
  const corners = before === null ? CORNERS : [before, ...CORNERS];
  const places = [0, MAX_SHIFTS].flatMap((shifts) =>
    corners.map((corner) => placeIn(corner, visible, obstacles, mirrored, shifts)),
  );
  const free = places.filter((place) => place !== null && place.maxWidth >= LEAST_RUN) as BadgePlace[];
  return free.find(({ maxWidth, lines }) => maxWidth * lines >= ROOM) ?? free[0] ?? null;
}

/** The room in a corner, or nearer to the middle by so many of the obstacles that are in the way. */
function placeIn(
  { edge, side }: Corner,
  visible: Rectangle,
  obstacles: readonly Rectangle[],
  mirrored: boolean,
  shifts: number,
): BadgePlace | null {
  const inner = grown(visible, -MARGIN);
  const isLeft = (side === 'start') !== mirrored;
  let line = lineAt(edge, inner, edge === 'top' ? inner.top : inner.bottom);
  let run = runIn(line, isLeft, obstacles);
  for (let shift = 0; shift < shifts && run.right - run.left < LEAST_RUN; shift++) {
    const inWay = obstacles.filter((obstacle) => intersection(obstacle, grown(line, CLEAR)) !== null);
    const next = edge === 'top' ? Math.max(...inWay.map(({ bottom }) => bottom)) + CLEAR : Math.min(...inWay.map(({ top }) => top)) - CLEAR;
    line = lineAt(edge, inner, next);
    run = runIn(line, isLeft, obstacles);
  }
  const middle = (visible.top + visible.bottom) / 2;
  const isBeyond = edge === 'top' ? run.top > middle : run.bottom < middle;
  return isBeyond && shifts > 0 ? null : roomOf({ edge, side }, run, visible, obstacles);
}

/** The first line of a badge that begins at an edge: the lowest where it stands at the bottom. */
function lineAt(edge: Corner['edge'], { left, right }: Rectangle, y: number): Rectangle {
  const height = heightOf(1);
  return edge === 'top' ? { left, top: y, right, bottom: y + height } : { left, top: y - height, right, bottom: y };
}

/** The part of a line before anything that is to be left free, seen from one of its ends. */
function runIn(line: Rectangle, isLeft: boolean, obstacles: readonly Rectangle[]): Rectangle {
  const inWay = obstacles.filter((obstacle) => intersection(obstacle, grown(line, CLEAR)) !== null);
  return isLeft
    ? { ...line, right: Math.max(line.left, Math.min(line.right, ...inWay.map(({ left }) => left - CLEAR))) }
    : { ...line, left: Math.min(line.right, Math.max(line.left, ...inWay.map(({ right }) => right + CLEAR))) };
}

/** As many lines as there is room for. */
function roomOf(corner: Corner, run: Rectangle, visible: Rectangle, obstacles: readonly Rectangle[]): BadgePlace {
  const isTop = corner.edge === 'top';
  const beside = obstacles.filter(({ left, right }) => left - CLEAR < run.right && right + CLEAR > run.left);
  const below = beside.filter(({ top }) => top >= run.bottom).map(({ top }) => top);
  const above = beside.filter(({ bottom }) => bottom <= run.top).map(({ bottom }) => bottom);
  const room = isTop
    ? Math.min(visible.bottom - PLAY_LENGTH, ...below) - run.top
    : run.bottom - Math.max(visible.top + MARGIN, ...above);
  const lines = Math.max(1, Math.floor((room - PADDING) / lineIn(run.right - run.left)));
  return placed(corner, run.left, isTop ? run.top : run.bottom, run.right - run.left, lines);
}

/** The place whose edge lies at `y`. */
function placed(corner: Corner, left: number, y: number, maxWidth: number, lines: number): BadgePlace {
  const height = lines * lineIn(maxWidth) + PADDING;
  return { ...corner, left, top: corner.edge === 'top' ? y : y - height, maxWidth, lines, height };
}

function grown({ left, top, right, bottom }: Rectangle, by: number): Rectangle {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by };
}

const DOT = 22; // px
const LEAST_DOT = 12; // px: its sign, and a little around it

/** The corner of what is visible of a picture where a dot covers the least; null where not even that has room. */
export function placeDot(visible: Rectangle, obstacles: readonly Rectangle[], mirrored: boolean): Rectangle | null {
  const [width, height] = [visible.right - visible.left, visible.bottom - visible.top];
  const size = Math.min(DOT, width, height);
  if (size < LEAST_DOT) {
    return null;
  }
  const [x, y] = [width, height].map((room) => Math.min(MARGIN, (room - size) / 2)) as [number, number];
  const spots = CORNERS.map(({ edge, side }) => {
    const left = (side === 'start') !== mirrored ? visible.left + x : visible.right - x - size;
    const top = edge === 'top' ? visible.top + y : visible.bottom - y - size;
    return { left, top, right: left + size, bottom: top + size };
  });
  const costs = spots.map((spot) => obstacles.reduce((sum, obstacle) => sum + common(spot, obstacle), 0));
  return spots[costs.indexOf(Math.min(...costs))]!;
}

function common(a: Rectangle, b: Rectangle): number {
  const both = intersection(a, b);
  return both === null ? 0 : (both.right - both.left) * (both.bottom - both.top);
}

const NAME = { width: 220, lines: 6, leastLines: 2 }; // px and lines of a badge beside a picture
const GAP = 4; // px between the picture and it

/** The room of a badge that stands off its picture. */
export interface BesidePlace extends BadgePlace {
  readonly where: 'after' | 'before' | 'below' | 'above';
}

/** The places beside a picture, then below and above it, each wholly in the viewport. */
export function placesBeside(visible: Rectangle, viewport: Size, mirrored: boolean): BesidePlace[] {
  const right = sidePlace(visible.right + GAP, viewport.width - EDGE, visible, viewport, mirrored ? 'end' : 'start');
  const left = sidePlace(EDGE, visible.left - GAP, visible, viewport, mirrored ? 'start' : 'end');
  const places: [BesidePlace['where'], BadgePlace | null][] = [
    ['after', mirrored ? left : right],
    ['before', mirrored ? right : left],
    ['below', stackedPlace('top', visible, viewport, mirrored)],
    ['above', stackedPlace('bottom', visible, viewport, mirrored)],
  ];
  return places.flatMap(([where, place]) => (place === null ? [] : [{ ...place, where }]));
}

/** Begins at the top of the picture, or ends at its bottom where its lines would end below the viewport. */
function sidePlace(from: number, to: number, visible: Rectangle, viewport: Size, side: Corner['side']): BadgePlace | null {
  const width = Math.min(NAME.width, to - from);
  const lines = Math.min(NAME.lines, linesIn(viewport.height - 2 * EDGE));
  const isLow = visible.top + heightOf(lines) > viewport.height - EDGE;
  const y = isLow ? Math.min(visible.bottom, viewport.height - EDGE) : Math.max(visible.top, EDGE);
  const left = from === EDGE ? to - width : from;
  const isRoom = width >= LEAST_RUN && lines >= NAME.leastLines;
  return isRoom ? placed({ edge: isLow ? 'bottom' : 'top', side }, left, y, width, lines) : null;
}

/** Begins where the picture does; where the viewport ends before, it ends where the picture ends. */
function stackedPlace(edge: Corner['edge'], visible: Rectangle, viewport: Size, mirrored: boolean): BadgePlace | null {
  const width = Math.min(NAME.width, viewport.width - 2 * EDGE);
  const start = mirrored ? visible.right - width : visible.left;
  const left = Math.max(EDGE, Math.min(start, viewport.width - EDGE - width));
  const y = edge === 'top' ? visible.bottom + GAP : visible.top - GAP;
  const lines = Math.min(NAME.lines, linesIn(edge === 'top' ? viewport.height - EDGE - y : y - EDGE));
  const isRoom = width >= LEAST_RUN && lines >= NAME.leastLines;
  return isRoom ? placed({ edge, side: Math.abs(left - start) > 1 ? 'end' : 'start' }, left, y, width, lines) : null;
}

const LIKELY = 150; // px: what a badge mostly says, on one line

/** Where a badge in some place most likely is. */
export function likelyBox({ left, top, maxWidth, height, edge, side }: BadgePlace, mirrored: boolean): Rectangle {
  const width = Math.min(LIKELY, maxWidth);
  const x = (side === 'start') !== mirrored ? left : left + maxWidth - width;
  const y = edge === 'top' ? top : top + height - heightOf(1);
  return { left: x, top: y, right: x + width, bottom: y + heightOf(1) };
}

/** On the picture all the same, where nothing else has room: in a window as small as it. */
export function placeAnyway({ left, top, right, bottom }: Rectangle): BadgePlace {
  const width = Math.max(0, right - left - 2 * MARGIN);
  const lines = Math.max(1, Math.floor((bottom - top - 2 * MARGIN - PADDING) / lineIn(width)));
  return placed({ edge: 'top', side: 'start' }, left + MARGIN, top + MARGIN, width, lines);
}

/** Whether a badge has smaller letters. */
export function isNarrow({ maxWidth }: BadgePlace): boolean {
  return maxWidth < NARROW;
}

/** The height of a line in so much width. */
function lineIn(width: number): number {
  return width < NARROW ? NARROW_LINE : LINE;
}

function linesIn(height: number): number {
  return Math.max(0, Math.floor((height - PADDING) / LINE));
}

function heightOf(lines: number): number {
  return lines * LINE + PADDING;
}
