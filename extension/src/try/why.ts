/** Which parts speak for the channel: computed in the page, or by the server for a model that cannot be explained here. */

import { parseHeatmap } from '../heatmap/parse.ts';
import { HeatmapToggle, type HeatmapState } from '../heatmap/toggle.ts';
import { drawHeatmap, placeOver } from '../heatmap/draw.ts';
import { type Heatmap, type HeatmapReply, isEmpty } from '../heatmap/heatmap.ts';
import { type ClassifyResult, failure, type Score } from '../shared/messages.ts';
import { BOUNDS, fetchHeatmap } from '../heatmap/fetch.ts';
import type { Picture } from '../model/pixels.ts';
import { byId, onChange, onPress } from '../ui/dom.ts';
import { explain } from './brain.ts';
import type { TryPage } from './texts.ts';

/** What was cut out: its pixels, and as a file for the server. */
interface Cutout {
  readonly picture: () => Picture;
  readonly file: () => Promise<Blob>;
}

const RULES = { ...BOUNDS, credentials: 'same-origin' } as const; // the cookie of who was let in

export class Why {
  readonly #button = byId('why', HTMLButtonElement);
  readonly #channel = byId('channel', HTMLSelectElement);
  #explanation: HeatmapToggle | null = null;
  #reply: ClassifyResult | null = null;
  #isHere = false;
  /** Whether the server no longer lets this device in. */
  #isOut = false;

  constructor(private readonly page: TryPage, private readonly cutout: Cutout, private readonly hasServer: boolean) {
    onPress(this.#button, () => this.#explanation?.toggle());
    onChange(this.#channel, ({ value }) => this.#begin(value));
  }

  /** Offers to explain another answer, where that can be done; what was asked about the last one is taken back. */
  offer(reply: ClassifyResult, isHere: boolean): void {
    this.withdraw();
    this.#reply = reply;
    this.#isHere = isHere;
    byId('explain', HTMLElement).hidden = !(isHere || this.hasServer);
    this.#channel.replaceChildren(...reply.scores.map(({ name, displayName }) => new Option(displayName, name)));
    this.#prepare(reply, reply.channel);
  }

  /** Explains another channel of the same answer. */
  #begin(name: string): void {
    const channel = this.#reply?.scores.find((score) => score.name === name);
    if (this.#reply !== null && channel !== undefined) {
      this.#explanation?.end();
      this.#prepare(this.#reply, channel);
      this.#explanation?.toggle();
    }
  }

  #prepare(reply: ClassifyResult, channel: Score): void {
    const ask = this.#isHere
      ? () => explain(this.cutout.picture(), channel.name)
      : (signal: AbortSignal) => this.#ask(channel.name, signal);
    const isNearest = !reply.known && channel.name === reply.channel.name;
    this.#channel.value = channel.name;
    this.#explanation = new HeatmapToggle(ask, (state) => this.#show(state, channel.displayName, isNearest));
    this.#show('off', channel.displayName, isNearest);
  }

  /** Asks the server. */
  async #ask(channel: string, signal: AbortSignal): Promise<HeatmapReply> {
    try {
      const answer = await fetchHeatmap('', await this.cutout.file(), channel, RULES, signal);
      return parseHeatmap(await answer.text(), channel);
    } catch (error) {
      this.#isOut = !signal.aborted && (await isRefused());
      return failure(error);
    }
  }

  withdraw(): void {
    this.#explanation?.end();
    this.#explanation = this.#reply = null;
  }

  #show(state: HeatmapState, name: string, isNearest: boolean): void {
    const heat = typeof state === 'object' && state.ok ? state : null;
    const isOn = state === 'waiting' || heat !== null;
    this.#button.ariaPressed = String(isOn);
    byId('channel-field', HTMLElement).hidden = !isOn || this.#channel.length < 2;
    byId('legend', HTMLElement).hidden = heat === null || isEmpty(heat);
    byId('why-note', HTMLElement).textContent = this.#words(state, name, isNearest);
    layOver(byId('cutout', HTMLElement), heat);
  }

  #words(state: HeatmapState, name: string, isNearest: boolean): string {
    if (state === 'off') {
      return this.page.t(this.#isHere ? 'why_here' : 'why_note', [name]);
    }
    if (state === 'waiting') {
      return this.page.t(this.#isHere ? 'why_heat_waiting' : 'why_waiting');
    }
    if (!state.ok && this.#isOut) {
      return this.page.t('no_entry');
    }
    if (!state.ok) {
      return state.reason === 'server-down' ? this.page.t('no_server') : this.page.t('no_heat', [state.detail ?? state.reason]);
    }
    const key = isEmpty(state) ? 'card_heat_nothing' : isNearest ? 'card_heat_nearest' : 'card_heat';
    return this.page.t(key, [name]);
  }
}

/** Whether the server answers that it does not know this device any more. */
async function isRefused(): Promise<boolean> {
  return fetch('health').then(
    ({ status }) => status === 403,
    () => false,
  );
}

/** Lays heat over the part of the picture that it speaks of, or takes it off. */
function layOver(frame: HTMLElement, heat: Heatmap | null): void {
  frame.querySelector('.heat')?.remove();
  frame.classList.toggle('heated', heat !== null);
  if (heat === null) {
    return;
  }
  const canvas = placeOver(drawHeatmap(heat), heat);
  canvas.className = 'heat';
  canvas.ariaHidden = 'true';
  frame.append(canvas);
}
