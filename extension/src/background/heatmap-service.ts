/** From the address of a picture to the heatmap of a channel in it: computed here, or by the local server for a model that cannot. */

import { BOUNDS, fetchHeatmap, type HeatmapRequestOptions } from '../heatmap/fetch.ts';
import { type Heatmap, type HeatmapReply, toHeatmap } from '../heatmap/heatmap.ts';
import { parseHeatmap } from '../heatmap/parse.ts';
import type { Target } from '../model/explainer.ts';
import type { Metadata } from '../model/metadata.ts';
import type { Picture } from '../model/pixels.ts';
import { LimitedQueue } from '../shared/async.ts';
import { ClassifyError, failure, type Reason } from '../shared/messages.ts';
import type { ImageSource } from './image-source.ts';
import type { ModelManager } from './model-manager.ts';
import { isPlaceholder } from './placeholder.ts';

export interface Dependencies {
  readonly models: Pick<ModelManager, 'use'>;
  readonly learnt: { kernelOf(key: string, metadata: Metadata): Promise<Float64Array | null> };
  readonly decode: (blob: Blob) => Promise<Picture>;
  /** Origin of the local server, or '' for none. */
  readonly server: () => Promise<string>;
  /** Rejects for an address whose picture may not be classified. */
  readonly sourceOf: (address: string) => Promise<ImageSource>;
  readonly fetchPicture: (source: ImageSource, signal: AbortSignal) => Promise<Blob>;
}

const MAX_CHANNEL = 200; // letters

/** The page shows these to the person; they are not worth a line in the log. */
const EXPECTED: readonly Reason[] = ['cancelled', 'not-allowed', 'server-unset', 'server-down'];

/** Explains one picture at a time: pages cannot keep the model, or the server, busy with many. */
export class HeatmapService {
  readonly #queue = new LimitedQueue(1);
  #orders = 0;

  constructor(private readonly deps: Dependencies, private readonly options: HeatmapRequestOptions = BOUNDS) {}

  /** Says which parts of a picture speak for a channel, until the signal; never rejects. */
  async heatmap(address: string, channel: string, signal: AbortSignal): Promise<HeatmapReply> {
    try {
      return await this.#heatmap(address, channel, signal);
    } catch (error) {
      const reply = failure(error);
      if (!EXPECTED.includes(reply.reason)) {
        console.error('Thumbprint: a picture was not explained:', error);
      }
      return reply;
    }
  }

  async #heatmap(address: string, channel: string, signal: AbortSignal): Promise<Heatmap> {
    if (channel.length > MAX_CHANNEL) {
      throw new ClassifyError('internal', 'channel');
    }
    const source = await this.deps.sourceOf(address);
    return this.#queue.run({ order: ++this.#orders, signal }, async () => {
      const canExplain = await this.deps.models.use(({ metadata }) => Promise.resolve(metadata.heat !== null));
      return canExplain ? this.#compute(source, channel, signal) : this.#ask(source, channel, signal);
    });
  }

  async #compute(source: ImageSource, channel: string, signal: AbortSignal): Promise<Heatmap> {
    const picture = await this.deps.decode(await this.deps.fetchPicture(source, signal));
    if (source.thumbnail !== null && isPlaceholder(picture, source.thumbnail)) {
      throw new ClassifyError('placeholder');
    }
    signal.throwIfAborted();
    const explained = await this.deps.models.use(async (classifier) =>
      classifier.explain(picture, await this.#targetOf(channel, classifier.metadata)),
    );
    if (explained === null) {
      throw new ClassifyError('gone'); // another model came meanwhile, which cannot tell
    }
    return toHeatmap(channel, explained);
  }

  /** What the model was trained on comes first, as for answers. */
  async #targetOf(name: string, metadata: Metadata): Promise<Target> {
    const channel = metadata.channels.findIndex((trained) => trained.name === name);
    const kernel = channel < 0 ? await this.deps.learnt.kernelOf(name, metadata) : null;
    if (channel < 0 && kernel === null) {
      throw new ClassifyError('gone');
    }
    return kernel === null ? { channel } : { kernel };
  }

  async #ask(source: ImageSource, channel: string, signal: AbortSignal): Promise<Heatmap> {
    const server = await this.deps.server();
    if (server === '') {
      throw new ClassifyError('server-unset');
    }
    const picture = await this.deps.fetchPicture(source, signal);
    const answer = await fetchHeatmap(server, picture, channel, this.options, signal);
    return parseHeatmap(await answer.text(), channel);
  }
}
