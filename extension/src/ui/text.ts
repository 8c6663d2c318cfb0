/** Answers, models and times in words; no DOM in here. */

import { type Metadata, parseMetadata, type Unknown } from '../model/metadata.ts';
import type { operatingPoint } from '../model/operating-point.ts';
import { percent, reasonText } from '../shared/i18n.ts';
import { type ClassifyFailure, type ClassifyReply, type ClassifyResult, messageOf, type Status } from '../shared/messages.ts';
import { percentOfChannel, percentOfNone } from '../shared/percentages.ts';
import type { Language } from '../shared/settings.ts';
import type { Page } from './page.ts';

type Words = Pick<Page, 't' | 'language'>;

/** The answer in a few words, and the colour that it has. */
export function verdict(reply: ClassifyReply, words: Words): { state: 'known' | 'unknown' | 'error'; text: string } {
  if (!reply.ok) {
    return { state: 'error', text: reasonText(reply, words.t) };
  }
  if (!reply.known) {
    return { state: 'unknown', text: words.t('badge_unknown') };
  }
  return { state: 'known', text: `${reply.channel.displayName} ${percentOfChannel(reply, words.language)}` };
}

/** Why an answer is what it is: how probable 'none of these' is, beside where the line is drawn. */
export function becauseOf(reply: ClassifyResult, { t, language }: Words): string {
  const { unknown, threshold, known, channel } = reply;
  if (unknown === null || threshold === null) {
    return t('why_no_unknown', [channel.displayName]);
  }
  const shares = [channel.displayName, percentOfNone(reply, unknown, language), percent(threshold, language)];
  return t(known ? 'why_known' : 'why_unknown', shares);
}

/** What a threshold finds and what it costs. */
export function strictnessText(point: ReturnType<typeof operatingPoint>, { t, language }: Words): string {
  if (point.knownRecall === null) {
    return t('ui_strictness_unmeasured');
  }
  const { knownRecall, falseKnown } = point;
  const right = String(Math.round(10 * precision(knownRecall, falseKnown)));
  return t('ui_strictness', [share(knownRecall, language), share(falseKnown, language), right]);
}

const THEIRS = 0.1; // of the thumbnails that a person sees, where they read how many named ones are right

/** How many of the named thumbnails are right. */
function precision(knownRecall: number, falseKnown: number): number {
  const right = THEIRS * knownRecall;
  return right === 0 ? 0 : right / (right + (1 - THEIRS) * falseKnown);
}

/** A measured share as it is: there, 0 and 100 % may be true, and less than one in a hundred is not nothing. */
function share(value: number, language: Language): string {
  const digits = value < 0.0095 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits }).format(value);
}

/** Label and value of what there is to know about a model. */
export function modelFacts(metadata: Metadata, status: ModelFacts, { t, language }: Words): [string, string][] {
  const number = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const f1 = metadata.metrics['macro_f1'];
  const created = new Date(metadata.created);
  const day = Number.isNaN(created.getTime())
    ? metadata.created
    : created.toLocaleDateString(language, { dateStyle: 'medium' });
  // A model that was released has no channels: what nobody trained was not measured either.
  const trained = metadata.channels.length > 0;
  const facts: [string, string | null][] = [
    [t('popup_recipe'), trained ? metadata.recipe : null],
    [t('popup_created'), trained ? day : null],
    [t('popup_macro_f1'), !trained || f1 === undefined ? null : f1.toLocaleString(language, { minimumFractionDigits: 3, maximumFractionDigits: 3 })],
    [t('popup_size'), t('popup_megabytes', [number.format(status.bytes / 1e6)])],
    [t('popup_origin'), t(status.origin === 'server' ? 'popup_origin_server' : 'popup_origin_packaged')],
    [t('popup_unknown'), trained ? unknownText(metadata.unknown, { t, language }) : null],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

const MOST_NAMES = 12;

/** Names of channels in a line, the first of them where they are many. */
export function namesText(names: readonly string[], { t, language }: Words): string {
  const shown = new Intl.ListFormat(language, { type: 'unit' }).format(names.slice(0, MOST_NAMES));
  const more = names.length - MOST_NAMES;
  return more > 0 ? t('popup_more_channels', [shown, String(more)]) : shown;
}

interface ModelFacts {
  readonly bytes: number;
  readonly origin: 'packaged' | 'server';
}

function unknownText(unknown: Unknown | null, words: Words): string {
  if (unknown === null) {
    return words.t('popup_unknown_none');
  }
  const { threshold, knownRecall, falseKnown, drawn } = unknown;
  if (knownRecall === null || falseKnown === null) {
    return words.t('ui_strictness_unmeasured');
  }
  const text = strictnessText({ threshold, knownRecall, falseKnown }, words);
  return drawn ? `${text} ${words.t('ui_drawn')}` : text;
}

/** The model of a status, read and checked; a failure where there is none or it cannot be read. */
export function modelOf({ model }: Status): { metadata: Metadata; facts: ModelFacts } | ClassifyFailure {
  if (!model.ok) {
    return model;
  }
  try {
    return { metadata: parseMetadata(model.metadata), facts: model };
  } catch (error) {
    return { ok: false, reason: 'model-broken', detail: messageOf(error) };
  }
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** How long ago something was (`5 min. ago`). */
export function ago(time: number, now: number, language: Language): string {
  const format = new Intl.RelativeTimeFormat(language, { style: 'narrow', numeric: 'auto' });
  const passed = Math.max(0, now - time);
  const [unit, length] = UNITS.find(([, least]) => passed >= least) ?? ['second', 1000];
  return format.format(-Math.floor(passed / length), unit);
}

/** The end of an address, or the name of a file: enough to tell answers apart. */
export function shortName(what: string): string {
  if (!URL.canParse(what)) {
    return what;
  }
  const { host, pathname } = new URL(what);
  return /^\/vi(?:_webp)?\/([\w-]{11})\//.exec(pathname)?.[1] ?? host;
}
