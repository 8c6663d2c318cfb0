/** All channels that are known, learnt and trained, as pages show them. */

import type { Metadata } from '../../model/metadata.ts';
import { type ChannelsReply, type MyChannel, qualityOf } from '../../shared/learning.ts';
import { canLearn, isFresh } from './learnt-fit.ts';
import { type ChannelRecord, findChannel, identityOf, type LearntState } from './learnt-state.ts';
import { type TrainedChannel, trainedChannels } from './trained-channels.ts';

/** Learnt channels first, in the order in which they were learnt. */
export function listChannels(state: LearntState, metadata: Metadata): ChannelsReply {
  const trained = trainedChannels(metadata);
  const learnt = [...state.channels.values()].sort((a, b) => a.time - b.time).map((record) => learntChannel(record, metadata));
  const alone = trained.all.filter((channel) => findChannel(state.channels, channel) === null).map(trainedChannel);
  const { head } = state;
  const own = [...state.channels.values()].reduce((sum, { browsed }) => sum + (browsed?.count ?? 0), 0);
  return {
    ok: true,
    channels: [...learnt, ...alone],
    canLearn: canLearn(metadata),
    browsing: { own, others: state.others?.count ?? 0 },
    corrections: state.corrections.length,
    ...(head?.keys.length ? { unknown: head.head?.unknown } : {}),
  };
}

function learntChannel(record: ChannelRecord, metadata: Metadata): MyChannel {
  return {
    ...identityOf(record),
    key: record.key,
    source: trainedChannels(metadata).find(record) === null ? 'learnt' : 'both',
    examples: record.examples.map(({ example }) => example),
    browsed: record.browsed?.count ?? 0,
    quality: qualityOf(record.examples.length),
    stale: !isFresh(record, metadata),
    time: record.time,
  };
}

function trainedChannel({ key, ...identity }: TrainedChannel): MyChannel {
  return { ...identity, key, source: 'trained', examples: [], browsed: 0, quality: null, stale: false, time: 0 };
}
