/** The answer: what was cut out, whose it is, and a bar for every channel. */

import type { ClassifyResult } from '../shared/messages.ts';
import type { Picture } from '../model/pixels.ts';
import { bars } from '../ui/answer.ts';
import { make } from '../shared/dom.ts';
import { byId } from '../ui/dom.ts';
import { becauseOf, verdict } from '../ui/text.ts';
import { paint } from './photo.ts';
import { toJpeg } from './server.ts';
import type { TryPage } from './texts.ts';

const MAX_BARS = 5; // seen at once on a phone

export class Result {
  readonly #section = byId('result', HTMLElement);
  readonly #canvas = make('canvas');
  #cutout: Picture = { width: 0, height: 0, data: new Uint8Array() };

  constructor(private readonly page: TryPage) {
    this.#canvas.setAttribute('role', 'img');
    this.#canvas.ariaLabel = page.t('cutout');
    byId('cutout', HTMLElement).append(this.#canvas);
  }

  hide(): void {
    this.#section.hidden = true;
  }

  /** Dims what is shown while another answer is on its way. */
  wait(): void {
    this.#section.ariaBusy = 'true';
  }

  /** What was cut out last. */
  get cutout(): Picture {
    return this.#cutout;
  }

  show(cutout: Picture, reply: ClassifyResult): void {
    this.#cutout = cutout;
    paint(this.#canvas, cutout);
    const { state, text } = verdict(reply, this.page);
    const heading = byId('verdict', HTMLElement);
    heading.textContent = text;
    heading.dataset['state'] = state;
    heading.dataset['channel'] = reply.channel.name;
    heading.dataset['probability'] = reply.channel.probability.toFixed(4);
    byId('because', HTMLElement).textContent = becauseOf(reply, this.page);
    this.#showBars(reply);
    this.#section.ariaBusy = 'false';
    this.#section.hidden = false;
  }

  /** The first few and 'none of these' at once; the others behind a word. */
  #showBars(reply: ClassifyResult): void {
    const list = bars(reply, this.page);
    const rows = [...list.children].filter((row) => !row.classList.contains('none'));
    const more = make('ul', 'bars', ...rows.slice(MAX_BARS));
    byId('bars', HTMLElement).replaceChildren(list);
    const rest = byId('rest', HTMLDetailsElement);
    rest.hidden = rows.length <= MAX_BARS;
    rest.querySelector('summary')?.replaceChildren(this.page.t('all', [String(rows.length)]));
    rest.querySelector('div')?.replaceChildren(more);
  }

  /** What was cut out, as a file for the server: drawn anew, so that nothing of the photo's own data is in it. */
  async toBlob(): Promise<Blob> {
    return toJpeg(this.#canvas);
  }
}
