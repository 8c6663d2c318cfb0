/**
 * From what is known of channels to a head that recognises them, in the space of the prior: the discriminant of `style`
 * with the prior's classes beside the channels, as backend/models/channel_fit.py has it number for number.
 *
 * Every class is a direction from the centre of the channels, of length 1 where what varies within classes is the
 * measure; a thumbnail's score is how far it lies that way. Shrinkage and calibration are the prior's, because a few
 * thumbnails are too few to choose them by (docs/experiments.md); the threshold is what lets no more strangers pass
 * than is promised. Which of the channels it is, is told by the directions and the nearest mean together.
 */

import { cholesky, dot, solve, squaredLengths } from './cholesky.ts';
import type { Unknown } from './metadata.ts';
import { addScatter, covariance, difference, flat, type Mean, meanOf, rowProducts, type RunningSum } from './scatter.ts';
import { classCount, numbersOf, type Place, type StylePrior } from './style-prior.ts';

export const SHRINKAGE = 0.1;
const SHARPNESS = 1.25;
const OFFSET = -0.9; // of every class that is no channel
const DIRECTION = 0.5; // how sharp a class's direction is among the channels,
const NEAREST = 0.1; // and how sharp the nearest mean
/** What chance adds to the square of a mean's length, for each component, where the mean is of a single thumbnail. */
const CHANCE = 0.63;
const RANDOM_SHARE = 0.01; // of strangers that may pass for known: of any,
const NEAR_SHARE = 0.1; // and of channels
const LOOKALIKE_SHARE = 0.005;
const JUDGED = 256; // examples, at most, that the curve of operating points is measured on
const RECALLS = Array.from({ length: 21 }, (_, i) => (50 + 2.5 * i) / 100);
const SHORTEST = 1e-9;

export type { RunningSum };

/** What is known of a class. */
export interface LearntClass {
  readonly places: readonly Place[];
  readonly added: RunningSum | null;
  /** Classes of the prior that are the same channel (`likeClasses`), and are no strangers to it. */
  readonly like: readonly number[];
}

/** A fitted head, as it is kept. */
export interface ChannelHead {
  readonly channels: number;
  /** Classes after the channels that a person said are none of them. */
  readonly negatives: number;
  /** Of each class, (components,); the scores are their products with a place, and the biases. */
  readonly kernel: readonly Float64Array[];
  readonly bias: Float64Array;
  readonly nearest: Nearest;
  readonly unknown: Unknown;
}

/** Of each channel: how long its mean's way from the centre is, and half the square of that, without chance. */
interface Nearest {
  readonly lengths: Float64Array;
  readonly offsets: Float64Array;
}

/** `unknown`: of all classes that are no channel; `base`: without the negatives. With the probabilities, `unknown` sums to 1. */
export interface Chances {
  readonly probabilities: readonly number[];
  readonly unknown: number;
  readonly base: number;
}

/** Says how probable each channel is for a place, as numbers (components,). */
export function chancesOf(head: ChannelHead, place: Float64Array): Chances {
  return toChances(scoresOf(head, place), head.nearest, head.negatives);
}

function scoresOf({ kernel, bias }: Pick<ChannelHead, 'kernel' | 'bias'>, place: Float64Array): Float64Array {
  return bias.map((value, i) => value + dot(kernel[i]!, place));
}

/** A score of -Infinity leaves a class out. Last of all comes a class without evidence. */
function toChances(scores: Float64Array, nearest: Nearest, negatives: number): Chances {
  const { base, unknown } = noneOf(scores, nearest.lengths.length, negatives);
  const among = softmax(
    Array.from(nearest.lengths, (length, i) => (DIRECTION + NEAREST * length) * scores[i]! - NEAREST * nearest.offsets[i]!),
  );
  return { probabilities: among.map((share) => share * (1 - unknown)), unknown, base };
}

/** How probable 'none of these' is, and without the negatives. */
function noneOf(scores: Float64Array, channels: number, negatives: number): { base: number; unknown: number } {
  const highest = SHARPNESS * scores.reduce((most, score) => Math.max(most, score), 0);
  const shareOf = (score: number, offset: number): number => Math.exp(SHARPNESS * score + offset - highest);
  let known = 0;
  let against = 0;
  let others = shareOf(0, OFFSET);
  for (let i = 0; i < scores.length; i++) {
    if (i < channels) {
      known += shareOf(scores[i]!, 0);
    } else if (i < channels + negatives) {
      against += shareOf(scores[i]!, OFFSET);
    } else {
      others += shareOf(scores[i]!, OFFSET);
    }
  }
  const total = known + against + others;
  return { base: others / total, unknown: (against + others) / total };
}

function softmax(logits: readonly number[]): number[] {
  const highest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const raised = logits.map((logit) => Math.exp(logit - highest));
  const total = sum(raised);
  return raised.map((value) => value / total);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** An example of a channel, by its place among them. */
export interface LeftOut {
  readonly channel: number;
  readonly example: number;
}

/** A fit, with what leaving one out needs beside the head. */
export class ChannelFit {
  readonly head: ChannelHead;
  readonly #channels: readonly (readonly Float64Array[])[];
  readonly #means: readonly Mean[];
  readonly #negatives: number;
  readonly #factor: Float64Array;
  /** Of a row of the scatter in the covariance. */
  readonly #share: number;
  /** Of each class: its mean from the centre, that divided by the covariance, and the square of its length. */
  readonly #apart: readonly Float64Array[];
  readonly #solved: readonly Float64Array[];
  readonly #lengths: readonly number[];
  readonly #nearest: Nearest;
  readonly #directions = new Map<number, Float64Array>();

  /** `channels` are to be recognised, `negatives` are none of them. */
  constructor(prior: StylePrior, channels: readonly LearntClass[], negatives: readonly LearntClass[] = []) {
    const places = [...channels, ...negatives].map((learnt) => learnt.places.map((place) => numbersOf(prior, place)));
    this.#channels = places.slice(0, channels.length);
    this.#negatives = negatives.length;
    this.#means = places.map((rows, i) => meanOf(rows, [...channels, ...negatives][i]!.added, prior.step.length));
    const scatter = prior.scatter.slice();
    const degrees = addScatter(scatter, [...channels, ...negatives].map((learnt) => learnt.places), prior.step);
    this.#share = (1 - SHRINKAGE) / (prior.layout.rows + degrees);
    this.#factor = cholesky(covariance(scatter, this.#share, SHRINKAGE), prior.step.length);
    const kept = keptClasses(prior, channels);
    const means = [...this.#means.map(({ mean }) => mean), ...kept.map((label) => classMean(prior, label))];
    const centre = centreOf(means.slice(0, channels.length), classMean(prior, classCount(prior.layout) - 1));
    this.#apart = means.map((mean) => difference(mean, centre));
    this.#solved = solve(this.#factor, flat(this.#apart), prior.step.length);
    this.#lengths = this.#apart.map((apart, i) => dot(apart, this.#solved[i]!));
    const kernel = this.#solved.map((row, i) => row.map((value) => value / Math.max(Math.sqrt(this.#lengths[i]!), SHORTEST)));
    const bias = Float64Array.from(kernel, (row) => -dot(row, centre));
    this.#nearest = nearestOf(this.#lengths, this.#means.slice(0, channels.length).map(({ count }) => count), prior.step.length);
    const head = { channels: channels.length, negatives: negatives.length, kernel, bias, nearest: this.#nearest };
    this.head = { ...head, unknown: operatingPoints(this.#known(), judgeStrangers(prior, head, kept)) };
  }

  /** What heads would say of some examples, each of which was fitted without that one. */
  leaveOneOut(examples: readonly LeftOut[]): Chances[] {
    const size = this.#solved[0]!.length;
    const away = flat(examples.map(({ channel, example }) => difference(this.#channels[channel]![example]!, this.#means[channel]!.mean)));
    const squares = squaredLengths(this.#factor, away, size);
    const beside = rowProducts(away, flat(this.#solved), size);
    const classes = this.#solved.length;
    return examples.map(({ channel }, i) => this.#without(channel, squares[i]!, beside.subarray(i * classes, (i + 1) * classes)));
  }

  /**
   * Without an example of a channel, that lies `away` from its mean. The sums of the others follow in closed form, and
   * so does the solution with what varies within classes (Sherman and Morrison, 1950); how many rows that is of, and the
   * mean of its variances, stay.
   *
   * square: of the length of `away`; beside: its products with the solution of every class, (classes,).
   */
  #without(channel: number, square: number, beside: Float64Array): Chances {
    const { count } = this.#means[channel]!;
    const share = (this.#share * count) / (count - 1);
    const more = share / (1 - share * square);
    const moved = 1 / (count - 1); // of `away`: how far the mean of the channel goes back, and how far the centre
    const centre = moved / Math.max(2, this.#channels.length);
    const own = beside[channel]!;
    const directions = this.#directionsFrom(channel);
    const squares: number[] = [];
    const scores = beside.map((along, label) => {
      const back = centre - (label === channel ? moved : 0);
      const across = along + back * square;
      const plain = directions[label]! + back * own + (1 + centre) * across;
      const length = this.#lengths[label]! + 2 * back * along + back * back * square + more * across * across;
      squares.push(length);
      return (plain + more * (own + (1 + centre) * square) * across) / Math.max(Math.sqrt(length), SHORTEST);
    });
    const counts = this.#channels.map((_, other) => this.#means[other]!.count - (other === channel ? 1 : 0));
    return toChances(scores, nearestOf(squares, counts, this.#apart[channel]!.length), this.#negatives);
  }

  /** The products of a channel's mean with every class's direction, which all its examples share. */
  #directionsFrom(channel: number): Float64Array {
    const known = this.#directions.get(channel) ?? Float64Array.from(this.#solved, (solved) => dot(this.#apart[channel]!, solved));
    this.#directions.set(channel, known);
    return known;
  }

  /** What 'none of these' scores on some examples, each left out, the least first. */
  #known(): Float64Array {
    const all = this.#channels.flatMap((rows, channel) =>
      this.#means[channel]!.count > 1 ? rows.map((_, example) => ({ channel, example })) : [],
    );
    const step = Math.max(1, all.length / JUDGED);
    const chosen = Array.from({ length: Math.min(JUDGED, all.length) }, (_, i) => all[Math.floor(i * step)]!);
    return Float64Array.from(this.leaveOneOut(chosen), ({ unknown }) => unknown).sort();
  }
}

function nearestOf(squares: readonly number[], counts: readonly number[], components: number): Nearest {
  const offsets = counts.map((count, i) => (squares[i]! - (CHANCE * components) / Math.max(1, count)) / 2);
  return { lengths: Float64Array.from(counts, (_, i) => Math.sqrt(squares[i]!)), offsets: Float64Array.from(offsets) };
}

function keptClasses(prior: StylePrior, channels: readonly LearntClass[]): number[] {
  const gone = new Set(channels.flatMap(({ like }) => like));
  return Array.from({ length: classCount(prior.layout) }, (_, label) => label).filter((label) => !gone.has(label));
}

function classMean({ means, step }: StylePrior, label: number): Float64Array {
  return means.subarray(label * step.length, (label + 1) * step.length);
}

/** The middle of the channels; of a single one, halfway to random thumbnails, so that it has a direction. */
function centreOf(channels: readonly Float64Array[], random: Float64Array): Float64Array {
  const all = channels.length < 2 ? [...channels, random] : channels;
  return meanOf(all, null, random.length).mean;
}

interface Strangers {
  readonly near: Float64Array;
  readonly random: Float64Array;
}

/** What 'none of these' scores on strangers; those of a channel of the prior without the class of that channel. */
function judgeStrangers(prior: StylePrior, head: Omit<ChannelHead, 'unknown'>, kept: readonly number[]): Strangers {
  const { near, held, layout, step } = prior;
  const kernel = flat(head.kernel);
  const classes = head.bias.length;
  const score = (levels: Int8Array, withoutOf: (row: number) => number): Float64Array => {
    const all = rowProducts(numbersOf(prior, levels), kernel, step.length);
    return Float64Array.from({ length: levels.length / step.length }, (_, row) => {
      const scores = all.subarray(row * classes, (row + 1) * classes).map((value, i) => value + head.bias[i]!);
      const without = withoutOf(row);
      if (without >= 0) {
        scores[head.channels + head.negatives + without] = -Infinity;
      }
      return noneOf(scores, head.channels, head.negatives).unknown;
    });
  };
  const places = layout.near.flatMap((count, label) => Array<number>(count).fill(kept.indexOf(label)));
  return {
    near: score(near, (row) => places[row]!).filter((_, row) => places[row]! >= 0).sort(),
    random: score(held, () => -1).sort(),
  };
}

/** Draws the lines; `known` and strangers: what 'none of these' scores, the least first. */
function operatingPoints(known: Float64Array, { near, random }: Strangers): Unknown {
  const threshold = Math.min(atFalseAlarms(near, NEAR_SHARE), atFalseAlarms(random, RANDOM_SHARE));
  const pass = (scores: Float64Array, limit: number): number => share(scores.filter((score) => score <= limit), scores);
  const points = known.length === 0 ? [] : RECALLS.map((recall) => known[Math.max(0, Math.ceil(recall * known.length) - 1)]!);
  return {
    threshold,
    lookalikeThreshold: Math.min(threshold, atFalseAlarms(random, LOOKALIKE_SHARE)),
    auroc: null,
    knownRecall: known.length === 0 ? null : pass(known, threshold),
    falseKnown: known.length === 0 ? null : pass(random, threshold),
    drawn: false,
    curve: points.map((limit) => ({ threshold: limit, knownRecall: pass(known, limit), falseKnown: pass(random, limit) })),
  };
}

function share(some: Float64Array, all: Float64Array): number {
  return some.length / Math.max(1, all.length);
}

/** The largest threshold that lets at most a share of strangers pass. */
function atFalseAlarms(strangers: Float64Array, share: number): number {
  if (strangers.length === 0) {
    return 1;
  }
  const first = strangers[Math.min(Math.floor(share * strangers.length + 1e-9), strangers.length - 1)]!;
  return first * (1 - Number.EPSILON);
}
