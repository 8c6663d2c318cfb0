/** Learns a channel again in the space of a new model: its videos' thumbnails are read anew, a few at a time. No DOM. */

import { type Ask, askTwice, isChange, readExamples } from '../learn/requests.ts';
import { type ChangeReply, FEWEST, type Learnt, type MyChannel } from '../shared/learning.ts';
import { ClassifyError, failure } from '../shared/messages.ts';
import { readableOf } from './channel-list.ts';

/** How many of it were read, and what came of it. */
interface LearntAgain {
  readonly count: number;
  readonly reply: Learnt<ChangeReply>;
}

/** Until the signal; `progress` is told how many were read or could not be. */
export async function learnAgain(
  { examples, id, handle, name }: MyChannel,
  ask: Ask,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<LearntAgain> {
  const { videos } = readableOf(examples);
  const failed = await readExamples(videos, { ask, newId: () => crypto.randomUUID() }, signal, progress);
  const read = videos.filter((video) => !failed.some(({ example }) => example === video));
  if (signal.aborted || read.length < FEWEST) {
    const problem = signal.aborted ? new ClassifyError('cancelled') : new ClassifyError('too-few', String(read.length));
    return { count: read.length, reply: failure(problem) };
  }
  const fields = { channel: JSON.stringify({ id, handle, name }), examples: JSON.stringify(read), id: crypto.randomUUID() };
  return { count: read.length, reply: await askTwice(ask, { type: 'learn-keep', ...fields }, isChange) };
}
