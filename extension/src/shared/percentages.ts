/** What is written of the shares of an answer's channels: whole percentages, which add up to 100 as the shares to 1. */

import type { ClassifyResult } from './messages.ts';
import type { Language } from './settings.ts';

/** The percentage of the channel that an answer names, the first: the same on the badge, in its card and on every page. */
export function percentOfChannel({ scores }: ClassifyResult, language: Language): string {
  return percentagesOf(scores, language)[0]!;
}

/** The percentages of channels, in their order. */
export function percentagesOf(scores: ClassifyResult['scores'], language: Language): string[] {
  const shares = scores.map(({ probability }) => probability);
  return wholePercentages(shares).map((whole, i) => written(whole, shares[i]!, language));
}

/** The percentage of all channels from the index on. */
export function percentOfRest(scores: ClassifyResult['scores'], from: number, language: Language): string {
  const shares = scores.map(({ probability }) => probability);
  return written(sum(wholePercentages(shares).slice(from)), sum(shares.slice(from)), language);
}

/**
 * Rounds shares, the largest first, to whole percentages of the same sum: down, then those with the largest remainders
 * up. Nothing is certain: the first of several has 99 at most, unless its share is exactly 1.
 */
export function wholePercentages(shares: readonly number[]): number[] {
  const exact = shares.map((share) => Math.max(0, share) * 100);
  const whole = exact.map(Math.floor);
  const remainders = exact.map((value, i) => ({ i, remainder: value - whole[i]! }));
  remainders.sort((a, b) => b.remainder - a.remainder);
  for (const { i } of remainders.slice(0, Math.round(sum(exact)) - sum(whole))) {
    whole[i]!++;
  }
  const [first = 0, second] = whole;
  return first < 100 || shares[0]! >= 1 || second === undefined ? whole : [99, second + 1, ...whole.slice(2)];
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
