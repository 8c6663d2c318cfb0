/** What is added to the page: one host element with an open shadow root that holds the badge, the card and a status. */

import { BADGE_CSS } from './badge.css.ts';
import { make, moveTo } from './dom.ts';
import type { HeatLayer } from './heat.ts';
import { closest, focused, HOST } from './layers.ts';
import { cardSpots, cheapest, placeBadge, type Rectangle, regrown, type Size, type Spot } from './place.ts';
import type { View } from './view.ts';

/** Elements above everything else in the page: what is to be seen with them must be inside. */
const TOP_LAYER = 'dialog:modal, :popover-open, :fullscreen';

export class Badge {
  readonly #host = make(HOST);
  readonly #badge = make('div', 'badge');
  readonly #text = make('span', 'text');
  readonly #status = make('div', 'status');
  readonly #root: ShadowRoot;
  #card: HTMLElement | null = null;
  #cardOffset: Spot | null = null;
  #cardSize: Size = { width: 0, height: 0 };
  #heat: HeatLayer | null = null;
  #origin: Element | null = null;

  constructor() {
    // A content script of an earlier version of the extension may have left its badge behind.
    document.querySelectorAll(HOST).forEach((stale) => {
      stale.remove();
    });
    const style = make('style');
    style.textContent = BADGE_CSS;
    this.#badge.dir = 'auto';
    this.#badge.append(this.#text);
    // The status is read out instead, once the answer is there.
    this.#badge.setAttribute('aria-hidden', 'true');
    this.#status.setAttribute('role', 'status');
    this.#root = this.#host.attachShadow({ mode: 'open' });
    this.#root.append(style, this.#status);
  }

  /** Whether the focus is inside the card. */
  get hasFocus(): boolean {
    return this.#root.activeElement !== null;
  }

  /** Whether the card is at a point of the viewport. */
  isAt(x: number, y: number): boolean {
    const box = this.#card?.getBoundingClientRect();
    return box !== undefined && x >= box.left && x < box.right && y >= box.top && y < box.bottom;
  }

  /** Brings an empty status into the page, so that what it will say is noticed. */
  attach(image: Element): void {
    const home = closest(image, TOP_LAYER) ?? document.documentElement;
    if (this.#host.parentNode !== home) {
      home.append(this.#host);
    }
  }

  show(view: View, image: Element, announced: string): void {
    const { dataset } = this.#badge;
    dataset['state'] = view.state;
    delete dataset['channel'];
    delete dataset['probability'];
    if (view.channel !== undefined && view.probability !== undefined) {
      dataset['channel'] = view.channel;
      dataset['probability'] = view.probability;
    }
    this.#text.textContent = view.text;
    this.attach(image);
    this.#root.append(this.#badge);
    this.follow(image);
    this.#status.textContent = announced;
  }

  /**
   * Shows a card beside the thumbnail, where what it covers costs the least; with `focus`, the keyboard goes into it and
   * comes back when it is hidden.
   */
  expand(card: HTMLElement, image: Element, costOf: (box: Rectangle) => number, focus: boolean): void {
    this.#card?.remove();
    this.#card = card;
    const mirrored = isMirrored(image);
    card.dir = mirrored ? 'rtl' : 'ltr';
    this.#root.append(card);
    this.#unzoom(card);
    const box = image.getBoundingClientRect();
    const { width, height } = card.getBoundingClientRect();
    card.hidden = true; // what it will cover is looked at first
    const { left, top } = cheapest(cardSpots(box, { width, height }, viewport(), mirrored), (spot) =>
      costOf({ ...spot, right: spot.left + width, bottom: spot.top + height }),
    );
    card.hidden = false;
    this.#cardSize = { width, height };
    this.#putCard(card, { left, top }, box);
    if (focus) {
      this.#origin ??= focused();
      card.querySelector<HTMLElement>('button')?.focus();
    }
  }

  /** Keeps the card in the viewport after what is in it has changed. */
  settle(image: Element): void {
    if (this.#card !== null) {
      const { left, top, width, height } = this.#card.getBoundingClientRect();
      const box = image.getBoundingClientRect();
      const spot = regrown({ left, top }, this.#cardSize, height, box, viewport());
      this.#cardSize = { width, height };
      this.#putCard(this.#card, spot, box);
    }
  }

  /** Lays heat over the thumbnail, below the badge and the card; null takes it off. */
  warm(heat: HeatLayer | null): void {
    this.#heat?.element.remove();
    this.#heat = heat;
    if (heat !== null) {
      this.#status.after(heat.element);
      this.#unzoom(heat.element);
      heat.follow();
    }
  }

  /** Puts the badge, the card and the heat where the image is now. */
  follow(image: Element): void {
    const box = image.getBoundingClientRect();
    if (this.#badge.isConnected) {
      this.#followBadge(box, viewport(), isMirrored(image));
    }
    if (this.#card !== null && this.#cardOffset !== null) {
      moveTo(this.#card, box.left + this.#cardOffset.left, box.top + this.#cardOffset.top);
    }
    this.#heat?.follow();
  }

  hide(): void {
    const back = this.hasFocus ? this.#origin : null;
    this.#origin = null;
    this.#badge.remove();
    this.#card?.remove();
    this.#card = null;
    this.warm(null);
    this.#status.textContent = '';
    if (back instanceof HTMLElement || back instanceof SVGElement) {
      back.focus({ preventScroll: true });
    }
  }

  remove(): void {
    this.hide();
    this.#host.remove();
  }

  #putCard(card: HTMLElement, { left, top }: Spot, box: DOMRect): void {
    this.#cardOffset = { left: left - box.left, top: top - box.top };
    moveTo(card, left, top);
  }

  #followBadge(box: DOMRect, size: Size, mirrored: boolean): void {
    const { start, top, maxWidth, lines } = placeBadge(box, size, mirrored);
    this.#unzoom(this.#badge);
    this.#badge.style.maxWidth = `${maxWidth}px`;
    this.#text.style.setProperty('-webkit-line-clamp', String(lines));
    const left = mirrored ? size.width - start - this.#badge.getBoundingClientRect().width : start;
    moveTo(this.#badge, left, top);
  }

  /** Pages may zoom their root element: px in here are px of the viewport all the same. */
  #unzoom(element: HTMLElement): void {
    // Older browsers have no such property.
    const zoom = (this.#host as { readonly currentCSSZoom?: number }).currentCSSZoom ?? 1;
    element.style.setProperty('zoom', String(1 / zoom));
  }
}

/** The part of the window that shows the page, without its scroll bars. */
function viewport(): Size {
  return { width: document.documentElement.clientWidth || innerWidth, height: innerHeight };
}

function isMirrored(image: Element): boolean {
  return getComputedStyle(image).direction === 'rtl';
}
