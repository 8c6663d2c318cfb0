/** What the badge and the card say; no DOM in here. */

import { type Heatmap, isEmpty } from '../../heatmap/heatmap.ts';
import type { HeatmapState } from '../../heatmap/toggle.ts';
import { type Localise, percent, reasonText } from '../../shared/i18n.ts';
import type { ClassifyFailure, ClassifyReply, ClassifyResult } from '../../shared/messages.ts';
import { percentagesOf, percentOfChannel, percentOfNone, percentOfRest } from '../../shared/percentages.ts';
import { channelsOf } from '../../shared/scores.ts';
import type { Language } from '../../shared/settings.ts';
import { isUploadedBy, uploaderName, type Uploader } from '../detect/uploader.ts';
import type { Question } from '../question.ts';
import type { HeatmapView } from './heatmap-view.ts';

export interface BadgeView {
  readonly state: 'waiting' | 'known' | 'lookalike' | 'unknown' | 'none' | 'short' | 'question' | 'error';
  readonly text: string;
  /** Only where a channel is named: its name and its probability with four decimals. */
  readonly channel?: string;
  readonly probability?: string;
}

export interface Bar {
  readonly name: string;
  readonly share: number; // 0 to 1
  readonly percent: string;
}

export interface CardView {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** How many channels have no bar. */
  readonly more: string | null;
  /** Why it is one of the channels or none: how much speaks for none, and from where on it counts; or who posted it. */
  readonly unknown: string | null;
}

/** Everything that a card could say in some place of a page, whatever the model answers. */
export interface CardRange {
  readonly titles: readonly string[];
  /** The longest names of channels. */
  readonly names: readonly string[];
  readonly percent: string;
  /** How many channels get a bar at most. */
  readonly bars: number;
  readonly notes: readonly string[];
  /** What is said in addition where fewer bars have room. */
  readonly more: string;
  readonly heatmapTexts: readonly string[];
}

/** A language and its texts. */
export interface Locale {
  readonly language: Language;
  readonly localise: Localise;
}

const MAX_BARS = 8;
const LOOKALIKE_FROM = 0.8; // a claim about somebody's video needs more than the best of several guesses

/** The badge for a reply, or for null while the reply is awaited; `uploader` is null where the page does not say. */
export function toBadgeView(reply: ClassifyReply | Question | null, uploader: Uploader | null, locale: Locale): BadgeView {
  const { localise } = locale;
  if (reply === null) {
    return { state: 'waiting', text: localise('badge_waiting') };
  }
  if (!reply.ok && reply.reason === 'question') {
    return { state: 'question', text: localise('badge_question') };
  }
  if (!reply.ok && reply.reason === 'no-channels') {
    return { state: 'none', text: localise('badge_no_channels') };
  }
  if (!reply.ok) {
    return { state: reply.reason === 'short' ? 'short' : 'error', text: reasonText(reply, localise) };
  }
  return isNamed(reply, uploader)
    ? nameChannel(reply, uploader, locale)
    : { state: 'unknown', text: localise('badge_unknown') };
}

/**
 * Whether the most probable channel is named. Where the page says that another one posted the thumbnail, it is none of
 * the channels, unless the answer is certain enough to call it a look-alike.
 */
export function isNamed({ known, certain, channel, said }: ClassifyResult, uploader: Uploader | null): boolean {
  const isOwn = said === 'is' || uploader === null || isUploadedBy(uploader, channel);
  const isLookalike = certain && channel.quality !== 'rough' && channel.probability >= LOOKALIKE_FROM;
  return known && (isOwn || isLookalike);
}

function nameChannel(reply: ClassifyResult, uploader: Uploader | null, { language, localise }: Locale): BadgeView {
  const { channel } = reply;
  const { name, displayName, probability } = channel;
  const named = { channel: name, probability: probability.toFixed(4) };
  if (reply.said === 'is') {
    return { state: 'known', text: localise('badge_said', [displayName]), ...named };
  }
  if (uploader !== null && !isUploadedBy(uploader, channel)) {
    return { state: 'lookalike', text: localise('badge_lookalike', [displayName, uploaderName(uploader)]), ...named };
  }
  if (channel.quality === 'rough') {
    return { state: 'known', text: localise('badge_maybe', [displayName]), ...named };
  }
  return { state: 'known', text: localise('badge_known', [displayName, withoutSign(percentOfChannel(reply, language))]), ...named };
}

/** The card for an answer, with so many bars. */
export function toCardView(reply: ClassifyResult, uploader: Uploader | null, locale: Locale, bars = MAX_BARS): CardView {
  const { scores } = reply;
  const percentages = percentagesOf(reply, locale.language);
  return {
    title: toBadgeView(reply, uploader, locale).text,
    bars: scores.slice(0, bars).map(({ displayName, probability }, i) => ({
      name: displayName,
      share: probability,
      percent: `${withoutSign(percentages[i]!)}\u00a0%`,
    })),
    more: moreText(reply, bars, locale),
    unknown: unknownText(reply, uploader, locale),
  };
}

/** How many channels have no bar, and the percentage of them all. */
function moreText(reply: ClassifyResult, bars: number, { language, localise }: Locale): string | null {
  const rest = reply.scores.length + (reply.rest?.count ?? 0) - bars;
  return rest > 0 ? localise('card_more', [String(rest), withoutSign(percentOfRest(reply, bars, language))]) : null;
}

const MEASURED = 64; // names: a model may have ten thousand, and shorter ones than these need no more room
const IN_SENTENCES = 8; // of these
const FULL = '100'; // percent: wider than what is ever said

/** What a card could say there: of the answer, it depends on nothing but which channels and limits the model has. */
export function cardRangeOf(reply: ClassifyResult, uploader: Uploader | null, locale: Locale): CardRange {
  const { localise } = locale;
  const channels = channelsOf(reply);
  const names = longest(channels.map(({ displayName }) => displayName));
  const few = names.slice(0, IN_SENTENCES);
  const more = localise('card_more', [String(channels.length), FULL]);
  // A card gives one of them.
  const reasons = [
    // Of models that answer together the limit moves with the answer, and takes as much room as the widest.
    ...(reply.threshold === null ? [] : [localise('card_unknown', [FULL, FULL])]),
    ...(uploader === null ? [] : [localise('card_posted')]),
  ];
  return {
    titles: [localise('badge_unknown'), ...few.flatMap((name) => titlesOf(name, uploader, localise))],
    names,
    percent: `${FULL}\u00a0%`,
    bars: Math.min(MAX_BARS, channels.length),
    notes: [...(channels.length > MAX_BARS ? [more] : []), ...longest(reasons).slice(0, 1)],
    more,
    heatmapTexts: (['card_heat', 'card_heat_nearest', 'card_heat_nothing'] as const).flatMap((key) =>
      few.map((name) => localise(key, [name])),
    ),
  };
}

function titlesOf(name: string, uploader: Uploader | null, localise: Localise): string[] {
  const own = [localise('badge_known', [name, FULL]), localise('badge_maybe', [name]), localise('badge_said', [name])];
  return uploader === null ? own : [...own, localise('badge_lookalike', [name, uploaderName(uploader)])];
}

/** The longest of some names, in an order that says nothing but their own. */
function longest(names: readonly string[]): string[] {
  const width = (name: string): number => name.replaceAll(/[\u1100-\uffff]/gu, 'WW').length; // full-width letters
  return names.toSorted((a, b) => width(b) - width(a) || (a < b ? -1 : 1)).slice(0, MEASURED);
}

function unknownText(reply: ClassifyResult, uploader: Uploader | null, { language, localise }: Locale): string | null {
  const { known, unknown, threshold } = reply;
  if (known && !isNamed(reply, uploader)) {
    return localise('card_posted');
  }
  return unknown === null || threshold === null
    ? null
    : localise('card_unknown', [withoutSign(percentOfNone(reply, unknown, language)), digits(threshold, language)]);
}

/** What is said of the heatmap for the most probable channel of an answer. */
export function toHeatmapView(
  state: HeatmapState,
  reply: ClassifyResult,
  uploader: Uploader | null,
  { localise }: Locale,
): HeatmapView {
  const silent = { pressed: false, hasLegend: false, text: '', hasCommand: false };
  if (state === 'off') {
    return silent;
  }
  if (state === 'waiting') {
    return { ...silent, pressed: true, text: localise('why_heat_waiting') };
  }
  return state.ok
    ? { ...silent, pressed: true, hasLegend: !isEmpty(state), text: heatmapText(state, reply, uploader, localise) }
    : { ...silent, ...explainFailure(state, localise) };
}

function heatmapText(heatmap: Heatmap, reply: ClassifyResult, uploader: Uploader | null, localise: Localise): string {
  const key = isEmpty(heatmap) ? 'card_heat_nothing' : isNamed(reply, uploader) ? 'card_heat' : 'card_heat_nearest';
  return localise(key, [reply.channel.displayName]);
}

function explainFailure(failure: ClassifyFailure, localise: Localise): Pick<HeatmapView, 'text' | 'hasCommand'> {
  const { reason } = failure;
  if (reason === 'server-unset' || reason === 'server-down') {
    return { text: localise(reason === 'server-unset' ? 'card_heat_unset' : 'card_heat_down'), hasCommand: true };
  }
  return { text: reasonText(failure, localise), hasCommand: false };
}

/** A percentage without its sign, which the sentences bring. */
function digits(share: number, language: Language): string {
  return withoutSign(percent(share, language));
}

function withoutSign(percentage: string): string {
  return percentage.replace(/\s*%$/u, '');
}

const RIGHT_TO_LEFT = /^[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]$/u;

/** Whether a text runs from right to left: so does its first letter. */
export function isRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(/\p{L}/u.exec(text)?.[0] ?? '');
}
