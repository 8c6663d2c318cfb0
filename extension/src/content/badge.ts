/** The badge on the page: one host element with an open shadow root, there only while there is something to say. */

import { BADGE_CSS } from './badge.css.ts';
import { place, type View } from './view.ts';

const HOST = 'thumbprint-badge';
const XHTML = 'http://www.w3.org/1999/xhtml';

export class Badge {
  readonly #host = element(HOST);
  readonly #badge = element('div');

  constructor() {
    // A content script of an earlier version of the extension may have left its badge behind.
    document.querySelectorAll(HOST).forEach((stale) => {
      stale.remove();
    });
    const style = element('style');
    style.textContent = BADGE_CSS;
    this.#badge.className = 'badge';
    this.#badge.setAttribute('role', 'status');
    this.#badge.dir = 'auto';
    this.#host.attachShadow({ mode: 'open' }).append(style, this.#badge);
  }

  show(view: View, image: Element): void {
    const { dataset } = this.#badge;
    dataset['state'] = view.state;
    delete dataset['channel'];
    delete dataset['probability'];
    if (view.channel !== undefined && view.probability !== undefined) {
      dataset['channel'] = view.channel;
      dataset['probability'] = view.probability;
    }
    this.#badge.textContent = view.text;
    this.follow(image);
    if (!this.#host.isConnected) {
      document.documentElement.append(this.#host);
    }
  }

  /** Puts the badge where the image is now. */
  follow(image: Element): void {
    const { left, top, maxWidth } = place(image.getBoundingClientRect(), window.innerWidth);
    this.#badge.style.left = `${left}px`;
    this.#badge.style.top = `${top}px`;
    this.#badge.style.maxWidth = `${maxWidth}px`;
  }

  hide(): void {
    this.#host.remove();
  }
}

/** Also in XHTML documents, where `createElement` is not enough. */
function element(name: string): HTMLElement {
  return document.createElementNS(XHTML, name);
}
