/** The channels of an answer: a long list goes to pages without the figures of its less probable ones. */

import { type ClassifyReply, type ClassifyResult, isNamed, type Named, type Rest } from './messages.ts';

export const MOST_SCORES = 20; // with their figures; a card has bars for fewer

const read = new WeakMap<Rest, readonly Named[]>();

/** All channels of an answer, the most probable first. */
export function channelsOf({ scores, rest }: Pick<ClassifyResult, 'scores' | 'rest'>): readonly Named[] {
  return rest === undefined ? scores : [...scores, ...readRest(rest)];
}

function readRest(rest: Rest): readonly Named[] {
  const channels = read.get(rest) ?? parseChannels(rest.channels);
  read.set(rest, channels);
  return channels;
}

/** What is no channel is left out. */
function parseChannels(text: string): Named[] {
  const channels: unknown = JSON.parse(text);
  return Array.isArray(channels) ? channels.filter(isNamed) : [];
}

/** The answer with the figures of the most probable channels alone. */
export function shortened(reply: ClassifyReply): ClassifyReply {
  if (!reply.ok || reply.scores.length <= MOST_SCORES) {
    return reply;
  }
  const others = reply.scores.slice(MOST_SCORES);
  const channels = others.map(
    ({ name, displayName, handle, id }): Named => ({ name, displayName, handle, ...(id === undefined ? {} : { id }) }),
  );
  const probability = others.reduce((sum, score) => sum + score.probability, 0);
  return { ...reply, scores: reply.scores.slice(0, MOST_SCORES), rest: { probability, count: others.length, channels: JSON.stringify(channels) } };
}
