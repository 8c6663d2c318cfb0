import type { Matrix } from './quad.ts';
import type { Segment } from './segments.ts';

const FOCAL = 0.8; // of a photo's longer side: phones have 0.7 to 0.8, a little more when zoomed in
const TILTS = [-30, -15, 0, 15, 30]; // degrees
const STEEPEST = 45; // degrees of pitch and yaw
const STEPS = [[4, 6], [2, 3], [1, 1.5], [0.5, 1], [0.25, 1]] as const; // of the search, and the angle that still counts
const KEPT = 5; // coarse turns that are looked at closely, wherever they are
const APART = 8; // degrees between them in roll, pitch or yaw
const ROLLED = 4; // coarse turns that are looked at closely, each rolled by another angle than the others
const ROLL_APART = 10; // degrees: directions across and down that are further apart are others
const MOST = 3; // turns
const LEAST = 0.5; // of the best turn's score
const DOUBTFUL = 38; // degrees of roll: what is across from here on may be down
const LEVEL = 0.12; // of the score is lost at 30 degrees of pitch and yaw each: less turned explains as much, rather

/** Roll, pitch and yaw, in degrees. */
type Turn = readonly [number, number, number];

/** Segments as the camera sees them: from the photo's middle, in focal lengths. */
interface Lines {
  readonly segments: readonly Segment[];
  readonly total: number;
}

/**
 * Finds how the camera was turned against a page: the ways from the page to the photo, the likeliest first.
 *
 * The twin of `backend/photo/pose.py`. What a page is made of runs along two directions at right angles; the turn under
 * which most of the segments' length does is searched from coarse to fine, without chance. A picture full of slanted
 * lines explains more than the page, so up to three turns are returned under which the page runs along other directions,
 * and those by nearly half a right angle a second time, turned the other way.
 */
export function findCameras(segments: readonly Segment[], width: number, height: number): Matrix[] {
  const focal = FOCAL * Math.max(width, height);
  const seen = segments.map((one) => ({ ...one, x: (one.x - width / 2) / focal, y: (one.y - height / 2) / focal }));
  const lines = { segments: seen, total: seen.reduce((sum, one) => sum + one.length, 0) };
  const grid: Turn[] = [];
  for (let roll = -45; roll < 45; roll += 3) {
    grid.push(...TILTS.flatMap((pitch) => TILTS.map((yaw) => [roll, pitch, yaw] as const)));
  }
  const coarse = scored(grid, lines, STEPS[0][1]);
  const starts = [...apart(coarse, isNear, KEPT), ...apart(coarse, isAlong, ROLLED)];
  const ends = scored(starts.map(({ turn }) => climbed(turn, lines)), lines, STEPS[4][1]);
  const best = apart(ends, isAlong, MOST);
  const found = best.filter(({ score }) => score >= LEAST * best[0]!.score).map(({ turn }) => turn);
  const matrix = ([across, down]: readonly [Axis, Axis]): Matrix => {
    const row = (i: 0 | 1, middle: number): [number, number, number] => [
      across[i] + (middle * across[2]) / focal,
      down[i] + (middle * down[2]) / focal,
      middle,
    ];
    return [row(0, width / 2), row(1, height / 2), [across[2] / focal, down[2] / focal, 1]];
  };
  return [
    ...found.map((turn) => matrix(axes(turn))),
    ...found.filter(([roll]) => Math.abs(roll) > DOUBTFUL).map((turn) => matrix(crossed(turn))),
  ];
}

/** The axes when what the turn has for across is taken for down, by that quarter turn that makes the roll smaller. */
function crossed(turn: Turn): readonly [Axis, Axis] {
  const [across, down] = axes(turn);
  const back = ([x, y, z]: Axis): Axis => [-x, -y, -z];
  return turn[0] > 0 ? [back(down), across] : [down, back(across)];
}

type Axis = readonly [number, number, number];

/** Where a turn brings the plane's two axes. */
function axes(turn: Turn): readonly [Axis, Axis] {
  const [roll, pitch, yaw] = turn.map((degrees) => (degrees * Math.PI) / 180) as unknown as Turn;
  const [cr, sr, cp, sp] = [Math.cos(roll), Math.sin(roll), Math.cos(pitch), Math.sin(pitch)];
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  return [
    [cr * cy - sr * sp * sy, sr * cy + cr * sp * sy, -cp * sy],
    [-sr * cp, cr * cp, sp],
  ];
}

/** The share of the segments' length that runs along an axis of the turn. */
function explained(turn: Turn, { segments, total }: Lines, wide: number): number {
  if (segments.length === 0) {
    return 0;
  }
  const [one, other] = axes(turn);
  const limit = Math.sin((wide * Math.PI) / 180) ** 2;
  const fits = (axis: Axis, { x, y, dx, dy }: Segment): number => {
    const ax = axis[0] - x * axis[2];
    const ay = axis[1] - y * axis[2];
    return Math.max(0, 1 - (ax * dy - ay * dx) ** 2 / (ax * ax + ay * ay) / limit);
  };
  let sum = 0;
  for (const segment of segments) {
    sum += segment.length * Math.max(fits(one, segment), fits(other, segment));
  }
  return (sum / total) * (1 - (LEVEL * (turn[1] ** 2 + turn[2] ** 2)) / 1800);
}

interface Scored {
  readonly turn: Turn;
  readonly score: number;
}

function scored(turns: readonly Turn[], lines: Lines, wide: number): Scored[] {
  return turns.map((turn) => ({ turn, score: explained(turn, lines, wide) })).sort((a, b) => b.score - a.score);
}

/** The best turns of which none is like another. */
function apart(turns: readonly Scored[], isAlike: (one: Turn, other: Turn) => boolean, most: number): Scored[] {
  const kept: Scored[] = [];
  for (const one of turns) {
    if (kept.length < most && !kept.some((other) => isAlike(one.turn, other.turn))) {
      kept.push(one);
    }
  }
  return kept;
}

function isNear(one: Turn, other: Turn): boolean {
  return one.every((angle, i) => Math.abs(angle - other[i]!) < APART);
}

/** Whether the page runs along the same directions under two turns, whatever the tilt. */
function isAlong([one]: Turn, [other]: Turn): boolean {
  const between = (((one - other + 45) % 90) + 90) % 90;
  return Math.abs(between - 45) < ROLL_APART;
}

const WAYS = [-1, 0, 1].flatMap((a) => [-1, 0, 1].flatMap((b) => [-1, 0, 1].map((c) => [a, b, c] as const)));

/** Climbs from a turn to the best one near it, with ever smaller steps. */
function climbed(start: Turn, lines: Lines): Turn {
  let turn = start;
  const tilt = (angle: number): number => Math.min(STEEPEST, Math.max(-STEEPEST, angle));
  for (const [step, wide] of STEPS) {
    for (let round = 0; round < 6; round++) {
      let [best, most] = [turn, explained(turn, lines, wide)];
      for (const [a, b, c] of WAYS) {
        const next: Turn = [turn[0] + a * step, tilt(turn[1] + b * step), tilt(turn[2] + c * step)];
        const score = explained(next, lines, wide);
        if (score > most) {
          [best, most] = [next, score];
        }
      }
      if (best === turn) {
        break;
      }
      turn = best;
    }
  }
  return turn;
}
