/** From the address of a picture to the heat of a channel in it, with the local server's help. */

import type { Heat, HeatReply } from '../heatmap/heatmap.ts';
import { ClassifyError, failure, type Reason } from '../shared/messages.ts';
import { AS_NUMBERS, fetchSaliency, type SaliencyRules } from '../heatmap/fetch.ts';
import { parseHeat } from '../heatmap/parse.ts';
import { Line } from '../shared/async.ts';
import type { Source } from './image-source.ts';

export interface Tools {
  /** Origin of the local server, or '' for none. */
  readonly server: () => Promise<string>;
  /** Rejects for an address whose picture may not be classified. */
  readonly sourceOf: (address: string) => Promise<Source>;
  readonly fetchPicture: (source: Source, signal: AbortSignal) => Promise<Blob>;
}

const MAX_CHANNEL = 200; // letters

/** These are told to the person and are no trouble of ours. */
const EXPECTED: readonly Reason[] = ['cancelled', 'not-allowed', 'server-unset', 'server-down'];

/** Explains one picture at a time: pages cannot keep the server busy with many. */
export class Explainer {
  readonly #tools: Tools;
  readonly #rules: SaliencyRules;
  readonly #line = new Line(1);
  #orders = 0;

  constructor(tools: Tools, rules: SaliencyRules = AS_NUMBERS) {
    this.#tools = tools;
    this.#rules = rules;
  }

  /** Says where a picture speaks for a channel, until the signal; a promise of an answer never rejects. */
  async heat(address: string, channel: string, signal: AbortSignal): Promise<HeatReply> {
    try {
      return await this.#heat(address, channel, signal);
    } catch (error) {
      const reply = failure(error);
      if (!EXPECTED.includes(reply.reason)) {
        console.error('Thumbprint: the local server did not explain a picture:', error);
      }
      return reply;
    }
  }

  async #heat(address: string, channel: string, signal: AbortSignal): Promise<Heat> {
    const server = await this.#tools.server();
    if (server === '') {
      throw new ClassifyError('server-unset');
    }
    if (channel.length > MAX_CHANNEL) {
      throw new ClassifyError('internal', 'channel');
    }
    const source = await this.#tools.sourceOf(address);
    return this.#line.run({ order: ++this.#orders, signal }, async () => {
      const picture = await this.#tools.fetchPicture(source, signal);
      const answer = await fetchSaliency(server, picture, channel, this.#rules, signal);
      return parseHeat(await answer.text(), channel);
    });
  }
}
