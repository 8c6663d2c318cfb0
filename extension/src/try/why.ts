/** Which parts speak for the channel: asked of the server, and only when a person presses the button. */

import { parseHeatmap } from '../heatmap/parse.ts';
import { HeatmapToggle, type HeatmapState } from '../heatmap/toggle.ts';
import { drawHeatmap } from '../heatmap/draw.ts';
import { type Heatmap, isEmpty } from '../heatmap/heatmap.ts';
import { type ClassifyFailure, type ClassifyResult, failure } from '../shared/messages.ts';
import { AS_JSON, fetchHeatmap } from '../heatmap/fetch.ts';
import { byId, onPress } from '../ui/dom.ts';
import type { Page } from '../ui/page.ts';
import type { Say } from './texts.ts';

const RULES = { ...AS_JSON, credentials: 'same-origin' } as const; // the cookie of who was let in

export class Why {
  readonly #page: Page;
  readonly #say: Say;
  readonly #cutout: () => Promise<Blob>;
  readonly #button = byId('why', HTMLButtonElement);
  #explanation: HeatmapToggle | null = null;
  /** Whether the server no longer lets this device in. */
  #isOut = false;

  constructor(page: Page, say: Say, cutout: () => Promise<Blob>) {
    this.#page = page;
    this.#say = say;
    this.#cutout = cutout;
    onPress(this.#button, () => this.#explanation?.toggle());
  }

  /** Offers to explain another answer; what was asked about the last one is taken back. */
  offer(reply: ClassifyResult): void {
    this.withdraw();
    const ask = async (signal: AbortSignal): Promise<Heatmap | ClassifyFailure> => {
      const { name } = reply.channel;
      try {
        const answer = await fetchHeatmap('', await this.#cutout(), name, RULES, signal);
        return parseHeatmap(await answer.text(), name);
      } catch (error) {
        this.#isOut = !signal.aborted && (await isRefused());
        return failure(error);
      }
    };
    this.#explanation = new HeatmapToggle(ask, (state) => this.#show(state, reply));
    this.#show('off', reply);
  }

  withdraw(): void {
    this.#explanation?.end();
    this.#explanation = null;
  }

  #show(state: HeatmapState, reply: ClassifyResult): void {
    const heat = typeof state === 'object' && state.ok ? state : null;
    this.#button.ariaPressed = String(state === 'waiting' || heat !== null);
    byId('legend', HTMLElement).hidden = heat === null || isEmpty(heat);
    byId('why-note', HTMLElement).textContent = this.#words(state, reply);
    layOver(byId('cutout', HTMLElement), heat);
  }

  #words(state: HeatmapState, { channel, known }: ClassifyResult): string {
    const { displayName } = channel;
    if (state === 'off') {
      return this.#say('why_note', displayName);
    }
    if (state === 'waiting') {
      return this.#say('why_waiting');
    }
    if (!state.ok && this.#isOut) {
      return this.#say('no_entry');
    }
    if (!state.ok) {
      return state.reason === 'server-down' ? this.#say('no_server') : this.#say('no_heat', state.detail ?? state.reason);
    }
    const key = isEmpty(state) ? 'card_heat_nothing' : known ? 'card_heat' : 'card_heat_nearest';
    return this.#page.t(key, [displayName]);
  }
}

/** Whether the server answers that it does not know this device any more. */
async function isRefused(): Promise<boolean> {
  return fetch('/health').then(
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
  const canvas = drawHeatmap(heat);
  canvas.className = 'heat';
  canvas.ariaHidden = 'true';
  const [width, height] = heat.size;
  const [left, top, right, bottom] = heat.box;
  const { style } = canvas;
  style.left = `${(100 * left) / width}%`;
  style.top = `${(100 * top) / height}%`;
  style.width = `${(100 * (right - left)) / width}%`;
  style.height = `${(100 * (bottom - top)) / height}%`;
  frame.append(canvas);
}
