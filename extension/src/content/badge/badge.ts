/**
 * What is added to a page: two elements with closed roots. The first holds what a person sees, the badge, the card and the
 * heatmap, and a status; the second, above it, the buttons of the card.
 *
 * What a page can still know: that somebody points somewhere, that a badge or a card is there and where, how long the
 * answer took and whether there was one (an error opens no card) or a question, which button was pressed and whether a heatmap came of it.
 * Firefox also hands it the elements of the buttons, where it may move them; a press that it makes up does nothing.
 * Nothing of it differs between answers.
 */

import { make, write } from '../../shared/dom.ts';
import type { Rectangle, Size } from '../../shared/geometry.ts';
import { closest, CONTROLS_HOST, focused, BADGE_HOST } from '../detect/stacking.ts';
import { PictureSurroundings } from '../detect/surroundings.ts';
import { BADGE_CSS, CARD_CSS } from './badge.css.ts';
import { BadgeMark } from './badge-mark.ts';
import type { CardLayout } from './card-layout.ts';
import type { HeatmapLayer } from './heatmap-layer.ts';
import type { CardContent, Pane } from './pane.ts';
import { cardSpots, cheapest, EDGE, regrown, type Spot } from './placement.ts';
import { heightOf, makeHost, makeTextSize, moveTo, setTextSize } from './shadow-dom.ts';
import type { BadgeView } from './view-model.ts';

/** Elements above everything else in the page: what is to be seen with them must be inside. */
export const TOP_LAYER = 'dialog:modal, :popover-open, :fullscreen';

const RIM = 13; // px: border and padding of the card, as in badge.css.ts
const ABOVE_BUTTONS = 10; // px

/** Makes a card for who can say how much room there is: of what it says, and of its buttons. */
interface CardMaker<L extends Head = CardLayout> {
  readonly controls: Pane;
  /** Measures, in a pane, a card of which the part above the buttons is at most that high. */
  readonly measure: (pane: HTMLElement, most: number) => L;
  readonly makeContent: (layout: L) => CardContent;
}

type Head = Pick<CardLayout, 'head'>;
/** A card that is open: two panes of one size in one place, and what is on them. */
interface OpenCard {
  readonly panes: readonly [display: HTMLElement, controls: HTMLElement];
  readonly controls: Pane;
  readonly layout: Head;
  /** From the thumbnail to the card. */
  offset: Spot;
  size: Size;
}

export class Badge {
  readonly #display = makeHost(BADGE_HOST, BADGE_CSS);
  readonly #controls = makeHost(CONTROLS_HOST, CARD_CSS);
  readonly #status = make('div', 'status');
  #mark: BadgeMark | null = null;
  #surroundings: PictureSurroundings | null = null;
  #card: OpenCard | null = null;
  #heatmap: HeatmapLayer | null = null;
  #origin: Element | null = null;

  constructor() {
    // A content script of an earlier version of the extension may have left its badge behind.
    document.querySelectorAll(`${BADGE_HOST}, ${CONTROLS_HOST}`).forEach((stale) => stale.remove());
    this.#status.setAttribute('role', 'status');
    this.#display.root.append(this.#status);
  }

  /** Whether the focus is inside the card. */
  get hasFocus(): boolean {
    return this.#controls.root.activeElement !== null;
  }

  /** Whether the card is at a point of the viewport. */
  isAt(x: number, y: number): boolean {
    const box = this.#card?.panes[1].getBoundingClientRect();
    return box !== undefined && x >= box.left && x < box.right && y >= box.top && y < box.bottom;
  }

  /** Brings an empty status into the page, so that what it will say is noticed. */
  attach(image: Element): void {
    const home = closest(image, TOP_LAYER) ?? document.documentElement;
    for (const { host } of [this.#display, this.#controls]) {
      if (host.parentNode !== home) {
        home.append(host);
      }
    }
  }

  /** In new elements: of those that change or grow while they are there, a browser tells the page the size. */
  show(view: BadgeView, image: Element, announced: string): void {
    this.attach(image);
    this.#mark?.remove();
    if (this.#surroundings?.image !== image) {
      this.#surroundings = new PictureSurroundings(image);
    }
    this.#mark = new BadgeMark(view, this.#surroundings, (element) => this.#unzoom(element));
    this.#display.root.append(this.#mark.element);
    this.follow(image);
    write(this.#status, announced);
  }

  /**
   * Shows a card beside the thumbnail, where what it covers costs the least; with `focus`, the keyboard goes into it and
   * comes back when it is hidden.
   */
  expand<L extends Head>(
    card: CardMaker<L>,
    language: string,
    image: Element,
    costOf: (box: Rectangle) => number,
    focus: boolean,
  ): void {
    this.#close();
    const mirrored = isMirrored(image);
    const { controls } = card;
    const displayPane = make('div', 'stand', makeTextSize());
    const controlsPane = controls.element;
    for (const [pane, { root }] of [[displayPane, this.#display], [controlsPane, this.#controls]] as const) {
      pane.dir = mirrored ? 'rtl' : 'ltr';
      pane.lang = language;
      root.append(pane);
      this.#unzoom(pane);
    }
    const frame = 2 * RIM + ABOVE_BUTTONS + heightOf(controls.row);
    const layout = card.measure(displayPane, viewport().height - 2 * EDGE - frame);
    const [offset, size] = [{ left: 0, top: 0 }, { width: 0, height: 0 }];
    this.#card = { panes: [displayPane, controlsPane], controls, layout, offset, size };
    this.#lay(this.#card, card.makeContent(layout));
    this.#setHeight(this.#card, layout.head + frame);
    this.#place(this.#card, image.getBoundingClientRect(), mirrored, costOf);
    if (focus) {
      this.#origin ??= focused();
      controls.row.querySelector('button')?.focus();
    }
  }

  /** Keeps the card in the viewport after what is said below the buttons has changed; `height` of that, in px. */
  resizeCard(image: Element, height: number): void {
    if (this.#card !== null) {
      const { panes, controls, layout, size, offset } = this.#card;
      const row = heightOf(controls.row);
      this.#setHeight(this.#card, 2 * RIM + ABOVE_BUTTONS + row + layout.head + height);
      const box = image.getBoundingClientRect();
      const grown = panes[1].getBoundingClientRect();
      const before = { left: box.left + offset.left, top: box.top + offset.top };
      this.#card.size = { width: grown.width, height: grown.height };
      this.#putCard(this.#card, regrown(before, size, grown.height, box, viewport()), box);
    }
  }

  /** Has a text read out. */
  announce(text: string): void {
    write(this.#status, text);
  }

  /** Lays a heatmap over the thumbnail, below the badge and the card; null removes it. */
  showHeatmap(heatmap: HeatmapLayer | null): void {
    this.#heatmap?.element.remove();
    this.#heatmap = heatmap;
    if (heatmap !== null) {
      this.#status.after(heatmap.element);
      this.#unzoom(heatmap.element);
      heatmap.follow();
    }
  }

  /** Puts the badge, the card and the heatmap where the image is now. */
  follow(image: Element): void {
    const box = image.getBoundingClientRect();
    this.#mark?.follow(viewport(), isMirrored(image));
    for (const pane of this.#card?.panes ?? []) {
      const { left, top } = this.#card!.offset;
      moveTo(pane, box.left + left, box.top + top);
    }
    this.#heatmap?.follow();
  }

  hide(): void {
    const back = this.hasFocus ? this.#origin : null;
    this.#origin = null;
    this.#mark?.remove();
    this.#mark = null;
    this.#surroundings = null;
    this.#close();
    this.showHeatmap(null);
    write(this.#status, '');
    if (back instanceof HTMLElement || back instanceof SVGElement) {
      back.focus({ preventScroll: true });
    }
  }

  remove(): void {
    this.hide();
    this.#display.host.remove();
    this.#controls.host.remove();
  }

  #close(): void {
    for (const pane of this.#card?.panes ?? []) {
      pane.remove();
    }
    this.#card = null;
  }

  /** Lays a card on its pane, so that its buttons are in the same place whatever is above them. */
  #lay({ panes: [displayPane], controls, layout }: OpenCard, content: CardContent): void {
    displayPane.append(content.element);
    const row = heightOf(controls.row);
    controls.row.style.top = `${RIM + layout.head + ABOVE_BUTTONS}px`;
    content.gap.style.height = `${ABOVE_BUTTONS + row}px`;
    content.element.style.top = `${layout.head - heightOf(content.head)}px`;
  }

  #setHeight({ panes }: OpenCard, height: number): void {
    for (const pane of panes) {
      pane.style.height = `${height}px`;
    }
    setTextSize(panes[0], height);
  }

  #place(card: OpenCard, box: DOMRect, mirrored: boolean, costOf: (box: Rectangle) => number): void {
    const [displayPane, controlsPane] = card.panes;
    const { width, height } = controlsPane.getBoundingClientRect();
    for (const pane of [displayPane, controlsPane]) {
      pane.hidden = true; // what it will cover is looked at first
    }
    const spot = cheapest(cardSpots(box, { width, height }, viewport(), mirrored), ({ left, top }) =>
      costOf({ left, top, right: left + width, bottom: top + height }),
    );
    for (const pane of [displayPane, controlsPane]) {
      pane.hidden = false;
    }
    card.size = { width, height };
    this.#putCard(card, spot, box);
  }

  #putCard(card: OpenCard, { left, top }: Spot, box: DOMRect): void {
    card.offset = { left: left - box.left, top: top - box.top };
    for (const pane of card.panes) {
      moveTo(pane, left, top);
    }
  }

  /** Pages may zoom their root element: px in here are px of the viewport all the same. */
  #unzoom(element: HTMLElement): void {
    // Older browsers have no such property.
    const zoom = (this.#display.host as { readonly currentCSSZoom?: number }).currentCSSZoom ?? 1;
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
