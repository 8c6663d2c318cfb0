/** What the panel says; no DOM in here. */

import { type Localise, type MessageKey, reasonText } from '../shared/i18n.ts';
import { FEWEST, qualityOf, type PreviewReply } from '../shared/learning.ts';
import type { Quality } from '../shared/messages.ts';
import type { Flow } from './flow.ts';
import type { Failed } from './requests.ts';

const MOST_ALIKE = 2; // channels that are named

/** The part of a flow that the words are of. */
type Told = Pick<Flow, 'channel' | 'state' | 'examples' | 'ticked' | 'known' | 'fresh' | 'isFull' | 'isShort'>;

export const BUTTONS = {
  learn: 'learn_learn',
  cancel: 'learn_cancel',
  keep: 'learn_keep',
  more: 'learn_more',
  discard: 'learn_discard',
  undo: 'learn_undo',
  back: 'learn_back',
  close: 'learn_close',
} as const satisfies Record<string, MessageKey>;
export type Button = keyof typeof BUTTONS;

/** The buttons of a step, the first of which goes on. */
export function buttonsOf({ state }: Pick<Flow, 'state'>): readonly Button[] {
  switch (state.step) {
    case 'choose':
      return ['learn', 'close'];
    case 'reading':
      return ['cancel'];
    case 'preview':
      return ['keep', 'more', 'discard'];
    case 'keeping':
    case 'undone':
      return ['close'];
    case 'done':
      return ['close', 'undo'];
    case 'problem':
      return state.back ? ['back', 'close'] : ['close'];
  }
}

export function titleOf({ channel, state }: Pick<Told, 'channel' | 'state'>, t: Localise): string {
  return t(state.step === 'done' ? 'learn_done' : 'learn_title', [channel.name]);
}

/** What stands below the title: what there is to do now. */
export function leadOf(told: Told, t: Localise): string {
  const { state, channel } = told;
  switch (state.step) {
    case 'choose':
      return chooseText(told, t);
    case 'reading':
      return t('learn_reading', [String(state.done), String(state.of)]);
    case 'preview':
      return recognisedText(state.preview, t);
    case 'keeping':
      return t('learn_keeping');
    case 'done':
      return t(`learn_is_${qualityOf(state.count)}`, [String(state.count), channel.name]);
    case 'undone':
      return t('learn_undone');
    case 'problem':
      return reasonText(state.failure, t);
  }
}

function chooseText({ examples, ticked, known, fresh, isFull, isShort }: Told, t: Localise): string {
  if (isFull) {
    return t('reason_too_many');
  }
  if (examples.size === 0) {
    return t('learn_none');
  }
  if (known !== null && !isShort) {
    return t('learn_known', [String(known.examples.length), String(fresh)]);
  }
  const counts = [String(ticked.length), String(examples.size)];
  if ([...examples.keys()].every((example) => example.startsWith('picture:'))) {
    return t(ticked.length < FEWEST ? 'learn_few_pictures' : 'learn_chosen_pictures', counts);
  }
  return ticked.length < FEWEST ? t('learn_few', [String(ticked.length)]) : t('learn_chosen', counts);
}

/** "Recognised 28 of 34, each left out in turn; took 0 of 550 thumbnails of strangers for it." */
function recognisedText({ tested, strangers }: PreviewReply, t: Localise): string {
  const hits = tested.filter(({ recognised }) => recognised).length;
  const own = [String(hits), String(tested.length)];
  return strangers.of > 0
    ? t('learn_recognised', [...own, String(strangers.taken), String(strangers.of)])
    : t('learn_recognised_alone', own);
}

/** What else there is to say of a preview, a sentence each. */
export function notesOf({ preview, failed, name }: Noted, t: Localise): string[] {
  const { quality, count, alike, known } = preview;
  const all = [...failed, ...preview.failed.filter(({ example }) => !failed.some((other) => other.example === example))];
  const [first] = all;
  return [
    ...(quality === null ? [] : [t(`learn_is_${quality satisfies Quality}`, [String(count), name])]),
    ...alike.slice(0, MOST_ALIKE).map((other) => t('learn_alike', [other.name, String(other.mixed), String(other.of)])),
    ...(known ? [t('learn_adds')] : []),
    ...(first === undefined ? [] : [t('learn_failed', [String(all.length), reasonText({ ok: false, ...first }, t)])]),
  ];
}

interface Noted {
  readonly preview: PreviewReply;
  readonly failed: readonly Failed[];
  readonly name: string;
}

/** So many of a list, spread evenly over it: what was missed comes first in it, so that it is there in its share. */
export function sampleOf<T extends { readonly recognised: boolean }>(tested: readonly T[], most: number): T[] {
  const sorted = tested.toSorted((a, b) => Number(a.recognised) - Number(b.recognised));
  const count = Math.min(most, sorted.length);
  return Array.from({ length: count }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / count)]!);
}
