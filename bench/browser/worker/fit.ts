/** A worker that fits channels, as the extension's background does: how long that takes, run by run, ms. */
import { ChannelFit } from '../../../extension/src/model/channel-fit.ts';
import type { PriorLayout } from '../../../extension/src/model/prior-layout.ts';
import { readStylePrior } from '../../../extension/src/model/style-prior.ts';
import { artificialPlaces } from '../artificial.ts';

export interface Order {
  readonly layout: PriorLayout;
  /** The address of the prior. */
  readonly file: string;
  readonly channels: number;
  readonly examples: number;
  readonly runs: number;
}

async function work({ layout, file, channels, examples, runs }: Order): Promise<number[]> {
  const prior = readStylePrior(layout, await (await fetch(file)).arrayBuffer());
  const classes = Array.from({ length: channels }, (_, channel) => ({
    places: artificialPlaces(channel, examples, layout.components),
    added: null,
    like: [],
  }));
  return Array.from({ length: runs }, () => {
    const begun = performance.now();
    const { head } = new ChannelFit(prior, classes);
    return head.channels === channels ? performance.now() - begun : NaN;
  });
}

self.onmessage = ({ data }: MessageEvent<Order>) => void work(data).then((times) => self.postMessage(times));
