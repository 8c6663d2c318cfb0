/**
 * One answer of two models: the trained one and the channels that were learnt in the browser.
 *
 * Each says how probable its channels are, and how probable 'none of these'. Both have the same 'none', so that each
 * channel is weighed by its odds against its own; with a weight of 1 for 'none', all of them sum to the whole.
 */

import type { ClassifyResult, Named, Quality, Score } from '../shared/messages.ts';
import type { Said } from '../shared/learning.ts';
import type { Chances } from './channel-fit.ts';
import type { Scores } from './style-prior.ts';
import type { Metadata, Unknown } from './metadata.ts';
import { confidentThreshold, operatingPoint } from './operating-point.ts';
import { named, toResult } from './result.ts';

/** A channel that was learnt, as it is told in answers. */
export type LearntName = Named & { readonly quality: Quality };

/** What the head of the learnt channels says of a picture. */
export interface LearntAnswer {
  /** In the order of the chances. */
  readonly channels: readonly LearntName[];
  readonly chances: Chances;
  readonly unknown: Unknown;
}

/** What counts beside the scores of a model; `learnt` is null where nothing is learnt. */
export interface Beside {
  readonly learnt: LearntAnswer | null;
  readonly said: Said;
}

export const NOTHING_SAID: Said = { is: '', not: [] };

/** The channels of one model, and their odds against 'none of these'. */
interface Side {
  readonly channels: readonly (Named & { readonly quality?: Quality })[];
  readonly odds: readonly number[];
  readonly sum: number;
  /** When it says 'none of these'; null where it never does. */
  readonly unknown: Unknown | null;
}

const LEAST = 1e-12; // of 'none', so that odds are numbers

/** The result for a picture; `learnt` is null where nothing is learnt. */
export function joinScores(
  scores: Scores,
  metadata: Metadata,
  learnt: LearntAnswer | null,
  said: Said,
  knownRecall: number | null,
): ClassifyResult {
  if (learnt === null && said.not.length === 0) {
    return toldAs(toResult(scores, metadata, knownRecall), said);
  }
  const { base, unknown } = learnt?.chances ?? { base: 1, unknown: 1 };
  const trained = trainedSide(scores, metadata, base / Math.max(unknown, LEAST), said);
  const sides = learnt === null ? [trained] : [trained, learntSide(learnt, said)];
  return toldAs(answerOf(sides, said, knownRecall), said);
}

/** `share`: how much of 'none' is left where corrections speak for it as well. */
function trainedSide({ probabilities, unknown }: Scores, metadata: Metadata, share: number, said: Said): Side {
  const factor = unknown === null ? 1 : share / Math.max(unknown, LEAST);
  return sideOf(metadata.channels.map(named), probabilities.map((value) => value * factor), metadata.unknown, said);
}

function learntSide({ channels, chances, unknown }: LearntAnswer, said: Said): Side {
  const odds = chances.probabilities.map((value) => value / Math.max(chances.unknown, LEAST));
  return sideOf(channels, odds, unknown, said);
}

/** What a person said that the picture is not has no odds. */
function sideOf(channels: Side['channels'], all: readonly number[], unknown: Unknown | null, { not }: Said): Side {
  const odds = channels.map(({ name }, i) => (not.includes(name) ? 0 : (all[i] ?? 0)));
  return { channels, odds, sum: odds.reduce((sum, value) => sum + value, 0), unknown };
}

function answerOf(sides: readonly Side[], { not }: Said, knownRecall: number | null): ClassifyResult {
  const sum = sides.reduce((total, side) => total + side.sum, 0);
  const isOpen = sides.some(({ unknown, channels }) => unknown !== null && channels.length > 0);
  const whole = Math.max(sum + (isOpen ? 1 : 0), LEAST);
  const ranked = sides
    .flatMap((side) => side.channels.map((channel, i) => ({ side, score: { ...channel, probability: side.odds[i]! / whole } })))
    .sort((a, b) => b.score.probability - a.score.probability);
  const { side, score } = ranked[0]!;
  const limits = limitsOf(side, sum - side.sum, knownRecall);
  const known = !not.includes(score.name) && (limits === null || unknownOf(side) <= limits.own);
  const certain = known && limits?.lookalike !== undefined && unknownOf(side) <= limits.lookalike && score.quality !== 'rough';
  return {
    ok: true,
    known,
    certain,
    confident: known ? certain : sides.every(isSurelyNone),
    channel: { ...score },
    scores: ranked.map((entry): Score => entry.score),
    unknown: isOpen ? 1 / whole : null,
    threshold: limits?.shown ?? null,
  };
}

/** What a model alone says of 'none of these'. */
function unknownOf({ sum }: Side): number {
  return 1 / (1 + sum);
}

interface Limits {
  readonly own: number;
  readonly lookalike?: number;
  /** The same limit for the common 'none', where the others have such odds. */
  readonly shown: number;
}

function limitsOf({ unknown }: Side, others: number, knownRecall: number | null): Limits | null {
  if (unknown === null) {
    return null;
  }
  const { threshold } = operatingPoint(unknown, knownRecall);
  const { lookalikeThreshold } = unknown;
  const odds = Math.max(0, 1 - threshold) / Math.max(threshold, LEAST);
  const shown = 1 / (1 + odds + others);
  return { own: threshold, shown, ...(lookalikeThreshold === null ? {} : { lookalike: lookalikeThreshold }) };
}

function isSurelyNone(side: Side): boolean {
  const limit = side.unknown === null ? null : confidentThreshold(side.unknown);
  return side.channels.length === 0 || (limit !== null && unknownOf(side) > limit);
}

/** What a person said is so: no figure of a model counts beside it. */
function toldAs(result: ClassifyResult, { is, not }: Said): ClassifyResult {
  const own = result.scores.find(({ name }) => name === is);
  if (own === undefined) {
    return not.length === 0 ? result : { ...result, said: 'not' };
  }
  const channel = { ...own, probability: 1 };
  const others = result.scores.filter((score) => score !== own).map((score) => ({ ...score, probability: 0 }));
  const sure = { known: true, certain: true, confident: true, said: 'is' } as const;
  return { ...result, ...sure, channel, scores: [{ ...channel }, ...others], unknown: result.unknown === null ? null : 0 };
}
