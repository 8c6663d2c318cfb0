/** What a channel would be like, told by examples that are left out of the fit. */

import { type Chances, type ChannelFit, chancesOf, type LeftOut } from '../../model/channel-fit.ts';
import { dot } from '../../model/cholesky.ts';
import { operatingPoint } from '../../model/operating-point.ts';
import { numbersOf, type StylePrior } from '../../model/style-prior.ts';
import type { Example, PreviewReply, Tested } from '../../shared/learning.ts';
import type { LearntFit } from './learnt-fit.ts';
import type { ChannelRecord } from './learnt-state.ts';

const MOST_OTHERS = 6;
const NEAREST = 3; // channels that may be alike

type Figures = Pick<PreviewReply, 'tested' | 'others' | 'strangers' | 'alike'>;

/** One example of a channel of the fit. */
interface Asked extends LeftOut {
  readonly video: Example;
}

/** Figures of the channel with that key, under the limits that a person chose. */
export function preview({ fit, records }: LearntFit, key: string, prior: StylePrior, knownRecall: number | null): Figures {
  const own = records.findIndex((record) => record.key === key);
  const { threshold } = operatingPoint(fit.head.unknown, knownRecall);
  const winner = (chances: Chances): number => (chances.unknown <= threshold ? best(chances) : -1);
  const named = (asked: readonly Asked[]): number[] => fit.leaveOneOut(asked).map(winner);
  const [mine, others] = [examplesOf(records, own), othersOf(records, own)];
  const [answers, ofOthers] = [named(mine), named(others)];
  return {
    tested: mine.map(({ video }, i): Tested => ({ example: video, recognised: answers[i] === own })),
    others: others.map(({ video, channel }, i) => ({ example: video, name: records[channel]!.name, taken: ofOthers[i] === own })),
    strangers: strangersOf(fit, prior, (chances) => winner(chances) === own),
    alike: nearest(fit, own).flatMap((channel) => {
      const theirs = examplesOf(records, channel);
      const mixed = timesOf(answers, channel) + timesOf(named(theirs), own);
      return mixed === 0 ? [] : [{ name: records[channel]!.name, mixed, of: mine.length + theirs.length }];
    }),
  };
}

function timesOf(answers: readonly number[], channel: number): number {
  return answers.filter((answer) => answer === channel).length;
}

function best({ probabilities }: Chances): number {
  return probabilities.reduce((most, value, i) => (value > probabilities[most]! ? i : most), 0);
}

/** Those that can be left out: of a single one nothing would be left. */
function examplesOf(records: readonly ChannelRecord[], channel: number): Asked[] {
  const { examples } = records[channel]!;
  return examples.length < 2 ? [] : examples.map(({ example: video }, example) => ({ channel, example, video }));
}

/** Up to six examples of other channels, of as many channels as there are. */
function othersOf(records: readonly ChannelRecord[], own: number): Asked[] {
  const lists = records.flatMap((_, channel) => (channel === own ? [] : [examplesOf(records, channel)]));
  const rounds = Array.from({ length: MOST_OTHERS }, (_, round) => lists.flatMap((list) => list.slice(round, round + 1)));
  return rounds.flat().slice(0, MOST_OTHERS);
}

function strangersOf({ head }: ChannelFit, prior: StylePrior, isTaken: (chances: Chances) => boolean): PreviewReply['strangers'] {
  const size = prior.step.length;
  const rows = Array.from({ length: prior.layout.held }, (_, row) => prior.held.subarray(row * size, (row + 1) * size));
  return { taken: rows.filter((row) => isTaken(chancesOf(head, numbersOf(prior, row)))).length, of: rows.length };
}

/** The other channels whose direction is the most alike. */
function nearest({ head }: ChannelFit, own: number): number[] {
  const direction = head.kernel[own]!;
  const others = head.kernel.slice(0, head.channels).map((other, channel) => {
    return { channel, likeness: dot(direction, other) / Math.sqrt(dot(direction, direction) * dot(other, other)) };
  });
  const ranked = others.filter(({ channel }) => channel !== own).sort((a, b) => b.likeness - a.likeness);
  return ranked.slice(0, NEAREST).map(({ channel }) => channel);
}
