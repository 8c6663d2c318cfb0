/** Which channels a trained model knows, and which of them a learnt one is. */

import type { Metadata } from '../../model/metadata.ts';
import { named } from '../../model/result.ts';
import { type ChannelIdentity, isSameChannel, plain } from '../../shared/learning.ts';


/** A channel of the model, and its name there. */
export interface TrainedChannel extends ChannelIdentity {
  readonly key: string;
}

export class TrainedChannels {
  readonly all: readonly TrainedChannel[];
  /** By everything that may tell two apart: a model has thousands. */
  readonly #index = new Map<string, TrainedChannel[]>();

  constructor({ channels }: Metadata) {
    this.all = channels.map((channel) => {
      const { name, displayName, handle, id = '' } = named(channel);
      return { key: name, id, handle: handle === id ? '' : handle.replace(/^@/, ''), name: displayName };
    });
    for (const channel of this.all) {
      for (const entry of entriesOf(channel)) {
        this.#index.set(entry, [...(this.#index.get(entry) ?? []), channel]);
      }
    }
  }

  /** The one that a channel is; null for none. */
  find(channel: ChannelIdentity): TrainedChannel | null {
    const candidates = entriesOf(channel).flatMap((entry) => this.#index.get(entry) ?? []);
    return candidates.find((candidate) => isSameChannel(candidate, channel)) ?? null;
  }
}

function entriesOf({ id, handle, name }: ChannelIdentity): string[] {
  return [`id ${id}`, `handle ${plain(handle)}`, `name ${plain(name)}`].filter((entry) => !/^\w+ $/.test(entry));
}

const known = new WeakMap<Metadata, TrainedChannels>();

export function trainedChannels(metadata: Metadata): TrainedChannels {
  const trained = known.get(metadata) ?? new TrainedChannels(metadata);
  known.set(metadata, trained);
  return trained;
}
