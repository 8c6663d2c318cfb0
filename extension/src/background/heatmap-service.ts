/** From the address of a picture to the heatmap of a channel in it, which the local server computes. */

import { AS_JSON, fetchHeatmap, type HeatmapRequestOptions } from '../heatmap/fetch.ts';
import type { Heatmap, HeatmapReply } from '../heatmap/heatmap.ts';
import { parseHeatmap } from '../heatmap/parse.ts';
import { LimitedQueue } from '../shared/async.ts';
import { ClassifyError, failure, type Reason } from '../shared/messages.ts';
import type { ImageSource } from './image-source.ts';

export interface Dependencies {
  /** Origin of the local server, or '' for none. */
  readonly server: () => Promise<string>;
  /** Rejects for an address whose picture may not be classified. */
  readonly sourceOf: (address: string) => Promise<ImageSource>;
  readonly fetchPicture: (source: ImageSource, signal: AbortSignal) => Promise<Blob>;
}

const MAX_CHANNEL = 200; // letters

/** The page shows these to the person; they are not worth a line in the log. */
const EXPECTED: readonly Reason[] = ['cancelled', 'not-allowed', 'server-unset', 'server-down'];

/** Explains one picture at a time: pages cannot keep the server busy with many. */
export class HeatmapService {
  readonly #queue = new LimitedQueue(1);
  #orders = 0;

  constructor(private readonly deps: Dependencies, private readonly options: HeatmapRequestOptions = AS_JSON) {}

  /** Says which parts of a picture speak for a channel, until the signal; never rejects. */
  async heatmap(address: string, channel: string, signal: AbortSignal): Promise<HeatmapReply> {
    try {
      return await this.#heatmap(address, channel, signal);
    } catch (error) {
      const reply = failure(error);
      if (!EXPECTED.includes(reply.reason)) {
        console.error('Thumbprint: the local server did not explain a picture:', error);
      }
      return reply;
    }
  }

  async #heatmap(address: string, channel: string, signal: AbortSignal): Promise<Heatmap> {
    const server = await this.deps.server();
    if (server === '') {
      throw new ClassifyError('server-unset');
    }
    if (channel.length > MAX_CHANNEL) {
      throw new ClassifyError('internal', 'channel');
    }
    const source = await this.deps.sourceOf(address);
    return this.#queue.run({ order: ++this.#orders, signal }, async () => {
      const picture = await this.deps.fetchPicture(source, signal);
      const answer = await fetchHeatmap(server, picture, channel, this.options, signal);
      return parseHeatmap(await answer.text(), channel);
    });
  }
}
