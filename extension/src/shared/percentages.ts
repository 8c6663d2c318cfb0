/**
 * What is written of the shares of an answer: whole percentages, which add up to 100 over all channels and 'none of
 * these', and are the same on the badge, in its card and on every page.
 */

import type { ClassifyResult } from './messages.ts';
import type { Language } from './settings.ts';

type Shares = Pick<ClassifyResult, 'scores' | 'rest' | 'unknown'>;

const TOLERANCE = 0.01; // of a sum of 1: in some models 'none of these' is a question of its own

/** The percentage of the channel that an answer names, the first. */
export function percentOfChannel(reply: Shares, language: Language): string {
  return percentagesOf(reply, language)[0]!;
}

/** The percentages of all channels, in their order. */
export function percentagesOf(reply: Shares, language: Language): string[] {
  const whole = wholePercentages(partsOf(reply));
  return reply.scores.map(({ probability }, i) => written(whole[i]!, probability, language));
}

/** The percentage of all channels from the index on. */
export function percentOfRest(reply: Shares, from: number, language: Language): string {
  const channels = channelShares(reply);
  const whole = wholePercentages(partsOf(reply)).slice(from, channels.length);
  return written(sum(whole), sum(channels.slice(from)), language);
}

/** The percentage of 'none of these'. */
export function percentOfNone(reply: Shares, unknown: number, language: Language): string {
  const parts = partsOf(reply);
  const alone = unknown >= 1 ? 100 : Math.min(99, Math.round(unknown * 100));
  return written(parts.length > channelShares(reply).length ? wholePercentages(parts).at(-1)! : alone, unknown, language);
}

/** What shares 100 percent. */
function partsOf(reply: Shares): number[] {
  const channels = channelShares(reply);
  const { unknown } = reply;
  return unknown !== null && Math.abs(sum(channels) + unknown - 1) < TOLERANCE ? [...channels, unknown] : channels;
}

/** Of each channel, and last of all the others together, where there are more. */
function channelShares({ scores, rest }: Shares): number[] {
  return [...scores.map(({ probability }) => probability), ...(rest === undefined ? [] : [rest.probability])];
}

/**
 * Rounds shares to whole percentages of the same sum: down, then those with the largest remainders up. Nothing is
 * certain: the largest of several has 99 at most, unless its share is exactly 1, and the next one what it gave up.
 */
export function wholePercentages(shares: readonly number[]): number[] {
  const exact = shares.map((share) => Math.max(0, share) * 100);
  const whole = exact.map(Math.floor);
  const remainders = exact.map((value, i) => ({ i, remainder: value - whole[i]! }));
  remainders.sort((a, b) => b.remainder - a.remainder);
  for (const { i } of remainders.slice(0, Math.round(sum(exact)) - sum(whole))) {
    whole[i]!++;
  }
  const [first, second] = exact.map((value, i) => ({ i, value })).sort((a, b) => b.value - a.value);
  if (first !== undefined && second !== undefined && whole[first.i]! >= 100 && shares[first.i]! < 1) {
    whole[second.i]! += whole[first.i]! - 99;
    whole[first.i] = 99;
  }
  return whole;
}

/** A little is not nothing. */
function written(whole: number, share: number, language: Language): string {
  const format = new Intl.NumberFormat(language, { style: 'percent' });
  const isLittle = whole === 0 && share > 0;
  return isLittle ? `<${language === 'fr' ? '\u00a0' : ''}${format.format(0.01)}` : format.format(whole / 100);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
