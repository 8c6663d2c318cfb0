/** What a badge says and where it stands; no DOM in here. */

import type { ClassifyReply, Reason } from '../shared/messages.ts';

export interface View {
  readonly state: 'waiting' | 'known' | 'unknown' | 'error';
  readonly text: string;
  /** Only for a known channel: its name and its probability with four decimals. */
  readonly channel?: string;
  readonly probability?: string;
}

type Localise = (key: string, substitutions?: readonly string[]) => string;

/** The key of a reason's sentence: Chrome allows no hyphens in keys. */
export function reasonKey(reason: Reason): string {
  return `reason_${reason.replaceAll('-', '_')}`;
}

/** The badge for a reply, or for null while the reply is awaited. */
export function toView(reply: ClassifyReply | null, localise: Localise): View {
  if (reply === null) {
    return { state: 'waiting', text: localise('badge_waiting') };
  }
  if (!reply.ok) {
    return { state: 'error', text: localise(reasonKey(reply.reason), [reply.detail ?? '']) };
  }
  if (!reply.known) {
    return { state: 'unknown', text: localise('badge_unknown') };
  }
  const { channel, probability } = reply;
  return {
    state: 'known',
    text: localise('badge_known', [channel.displayName, String(Math.round(probability * 100))]),
    channel: channel.name,
    probability: probability.toFixed(4),
  };
}

interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
}

const MARGIN = 6; // px between the badge and the edge of the thumbnail

/** Where a badge stands: the top-left corner inside the part of the thumbnail that the viewport shows, in px. */
export function place(box: Rectangle, viewportWidth: number): { left: number; top: number; maxWidth: number } {
  const left = Math.max(box.left, 0) + MARGIN;
  const top = Math.max(box.top, 0) + MARGIN;
  const right = Math.min(box.right, viewportWidth) - MARGIN;
  return { left, top, maxWidth: Math.max(0, right - left) };
}
