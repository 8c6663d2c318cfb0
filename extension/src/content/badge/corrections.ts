/** What a person may say of an answer that is wrong; no DOM in here. */

import type { Localise } from '../../shared/i18n.ts';
import type { ChannelIdentity, MyChannel } from '../../shared/learning.ts';
import type { ClassifyResult } from '../../shared/messages.ts';
import { channelsOf } from '../../shared/scores.ts';
import { isUploadedBy, type Uploader, uploaderName } from '../detect/uploader.ts';

export type Correction =
  | { readonly kind: 'not'; readonly key: string }
  | { readonly kind: 'is'; readonly key: string }
  | { readonly kind: 'learn'; readonly channel: ChannelIdentity };

export interface Choice {
  readonly text: string;
  readonly correction: Correction;
}

/** The channel of who posted a thumbnail, as it can be opened; null where the page names it without a link. */
export function channelOf(uploader: Uploader | null): ChannelIdentity | null {
  const { id = '', handle } = uploader ?? { handle: null };
  return uploader === null || (id === '' && (handle ?? '') === '')
    ? null
    : { id, handle: (handle ?? '').replace(/^@/, ''), name: uploaderName(uploader) };
}

/** All that can be said: no to the channel that is named or suspected, then the poster, then every other channel. */
export function choicesOf(
  reply: ClassifyResult,
  uploader: Uploader | null,
  channels: readonly MyChannel[],
  query: string,
  localise: Localise,
): Choice[] {
  const isPoster = (channel: MyChannel): boolean =>
    uploader !== null && isUploadedBy(uploader, told(channel));
  const found = channels.filter(({ name, handle }) => matches(`${name} @${handle}`, query));
  const own = [...found.filter(isPoster), ...found.filter((channel) => !isPoster(channel))];
  const first = query === '' ? [...denialOf(reply, localise), ...offerOf(reply, uploader, channels.some(isPoster), localise)] : [];
  return [...first, ...own.map(({ key, name }): Choice => ({ text: localise('correct_is', [name]), correction: { kind: 'is', key } }))];
}

function denialOf({ channel, said }: ClassifyResult, localise: Localise): Choice[] {
  return said === 'is' ? [] : [{ text: localise('correct_not', [channel.displayName]), correction: { kind: 'not', key: channel.name } }];
}

/** To learn who posted it, where that is no known channel. */
function offerOf(reply: ClassifyResult, uploader: Uploader | null, isKnown: boolean, localise: Localise): Choice[] {
  const channel = channelOf(uploader);
  const isOwn = isKnown || (uploader !== null && channelsOf(reply).some((other) => isUploadedBy(uploader, other)));
  return channel === null || isOwn
    ? []
    : [{ text: localise('correct_learn', [channel.name]), correction: { kind: 'learn', channel } }];
}

/** A channel as answers tell it. */
function told({ id, handle, name }: MyChannel): Parameters<typeof isUploadedBy>[1] {
  return { name, displayName: name, handle, ...(id === '' ? {} : { id }) };
}

function matches(text: string, query: string): boolean {
  return plain(text).includes(plain(query));
}

function plain(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
