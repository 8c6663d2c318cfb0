/** What is drawn over a thumbnail that was answered; no DOM in here. */

import type { Localise } from '../../shared/i18n.ts';
import type { ClassifyResult } from '../../shared/messages.ts';
import { channelsOf } from '../../shared/scores.ts';
import type { Action, Actions } from '../../shared/settings.ts';
import { isNamed } from '../badge/view-model.ts';
import { isUploadedBy, type Uploader } from '../detect/uploader.ts';

export interface Verdict {
  readonly state: 'known' | 'lookalike' | 'unknown';
  /** `quiet`: the answer is not sure enough to act upon, and gets a small mark only. */
  readonly action: Action | 'quiet';
  /** Of the model's channels, the one that is named; null where it is none of them. */
  readonly channel: { readonly name: string; readonly displayName: string } | null;
}

const COVERS: readonly Verdict['action'][] = ['dim', 'blur', 'hide'];

/** What a person chose for an answer; `uploader` is null where the page does not say. */
export function verdictOf(reply: ClassifyResult, uploader: Uploader | null, actions: Actions): Verdict {
  const { channel, confident } = reply;
  if (!isNamed(reply, uploader)) {
    // What the page says to be of one of the channels is not covered as none of them, whatever the model says.
    const isOwn = uploader !== null && channelsOf(reply).some((channel) => isUploadedBy(uploader, channel));
    return { state: 'unknown', channel: null, action: ifSure(!reply.known && confident && !isOwn, actions.none) };
  }
  if (reply.said !== 'is' && uploader !== null && !isUploadedBy(uploader, channel)) {
    return { state: 'lookalike', channel, action: ifSure(confident, actions.lookalike) };
  }
  const { channels } = actions;
  const chosen = Object.hasOwn(channels, channel.name) ? channels[channel.name]! : actions.known;
  return { state: 'known', channel, action: ifSure(confident, chosen) };
}

function ifSure(sure: boolean, action: Action): Verdict['action'] {
  return sure || action === 'nothing' ? action : 'quiet';
}

/** Whether a verdict takes the thumbnail from sight, so that it can be undone. */
export function isCovering({ action }: Verdict): boolean {
  return COVERS.includes(action);
}

/** The verdict for a thumbnail that a person wants to see: it is marked at most. */
export function uncovered(verdict: Verdict): Verdict {
  return isCovering(verdict) ? { ...verdict, action: 'mark' } : verdict;
}

/** Whether the icon counts it: it is marked as a channel's or a look-alike, or covered. */
export function isCounted(verdict: Verdict): boolean {
  const { state, action } = verdict;
  return isCovering(verdict) || (state !== 'unknown' && action === 'mark');
}

/** What is written onto a thumbnail; '' for a mark without words. */
export function textOf({ state, action, channel }: Verdict, localise: Localise): string {
  if (action === 'hide') {
    return localise('glance_hidden', [channel?.displayName ?? localise('glance_none')]);
  }
  if (channel === null || action === 'quiet' || action === 'nothing') {
    return '';
  }
  return state === 'lookalike' ? localise('glance_lookalike', [channel.displayName]) : channel.displayName;
}
