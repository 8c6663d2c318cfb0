/** Learns a channel again in the space of a new model: its videos' thumbnails are read anew, a few at a time. No DOM. */

import { type ChangeReply, type ChannelIdentity, type Example, FEWEST, type Learnt, type MyChannel } from '../shared/learning.ts';
import { ClassifyError, type ClassifyReply, failure } from '../shared/messages.ts';
import { readableOf } from './channel-list.ts';

const AT_A_TIME = 4;
const TRIES = 3; // of one: the background refuses some where somebody waits for others

/** What is asked for it; `id` names a request, so that it can be cancelled. */
interface Asked {
  readonly read: (video: string, id: string) => Promise<ClassifyReply>;
  readonly keep: (channel: ChannelIdentity, examples: readonly Example[], id: string) => Promise<Learnt<ChangeReply>>;
  readonly cancel: (id: string) => Promise<void>;
}

/** How many of it were read, and what came of it. */
export interface LearntAgain {
  readonly count: number;
  readonly reply: Learnt<ChangeReply>;
}

/** Until the signal; `progress` is told how many were read or could not be. */
export async function learnAgain(
  channel: MyChannel,
  asked: Asked,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<LearntAgain> {
  const { videos } = readableOf(channel.examples);
  const read = await readAll(videos, asked, signal, progress);
  const { id, handle, name } = channel;
  const keep = (): Promise<Learnt<ChangeReply>> => asked.keep({ id, handle, name }, read, crypto.randomUUID());
  return { count: read.length, reply: problemWith(read.length, signal) ?? (await keep()) };
}

function problemWith(count: number, signal: AbortSignal): Learnt<ChangeReply> | null {
  if (signal.aborted) {
    return failure(new ClassifyError('cancelled'));
  }
  return count < FEWEST ? failure(new ClassifyError('too-few', String(count))) : null;
}

/** The videos whose thumbnails could be read, in their order. */
async function readAll(
  videos: readonly string[],
  { read, cancel }: Asked,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<string[]> {
  const left = videos.entries();
  const good: boolean[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    for (const [i, video] of left) {
      if (signal.aborted) {
        return;
      }
      good[i] = await readOne(video, { read, cancel }, signal);
      progress(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return videos.filter((_, i) => good[i]);
}

async function readOne(video: string, asked: Pick<Asked, 'read' | 'cancel'>, signal: AbortSignal): Promise<boolean> {
  for (let tries = 0; tries < TRIES && !signal.aborted; tries++) {
    const reply = await untilAborted(video, asked, signal);
    if (reply.ok || reply.reason !== 'cancelled') {
      return reply.ok || reply.reason === 'no-channels'; // where none is known, the picture was read all the same
    }
  }
  return false;
}

async function untilAborted(video: string, { read, cancel }: Pick<Asked, 'read' | 'cancel'>, signal: AbortSignal): Promise<ClassifyReply> {
  const id = crypto.randomUUID();
  const stop = (): void => void cancel(id);
  signal.addEventListener('abort', stop);
  try {
    return await read(video, id);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
