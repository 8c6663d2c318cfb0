/**
 * What is added to a page: two elements with closed roots. The first holds what a person sees, the badge, the card and the
 * heat, and a status; the second, above it, the buttons of the card.
 *
 * What a page can still know: that somebody points somewhere, that a badge or a card is there and where, how long the
 * answer took and whether there was one (an error opens no card), which button was pressed and whether heat came of it.
 * Firefox also hands it the elements of the buttons, where it may move them; a press that it makes up does nothing.
 * Nothing of it differs between answers.
 */

import { BADGE_CSS, CARD_CSS } from './badge.css.ts';
import type { Controls, Paper } from './card.ts';
import { make } from '../../shared/dom.ts';
import { heightOf, label, makeHost, moveTo, write } from './shadow-dom.ts';
import type { HeatLayer } from './heatmap-layer.ts';
import { closest, CONTROLS, focused, HOST } from '../detect/stacking.ts';
import { cardSpots, cheapest, EDGE, placeBadge, regrown, type Spot } from './placement.ts';
import type { Rectangle, Size } from '../../shared/geometry.ts';
import type { Room } from './card-layout.ts';
import { isRightToLeft, type View } from './view-model.ts';

/** Elements above everything else in the page: what is to be seen with them must be inside. */
const TOP_LAYER = 'dialog:modal, :popover-open, :fullscreen';

const RIM = 13; // px: border and padding of the card, as in badge.css.ts
const ABOVE_BUTTONS = 10; // px

/** Makes a card for who can say how much room there is: of what it says, and of its buttons. */
export interface CardMaker {
  readonly controls: Controls;
  /** Measures, in a stand, a card of which the part above the buttons is at most that high. */
  readonly measure: (stand: HTMLElement, most: number) => Room;
  readonly makePaper: (room: Room) => Paper;
}

/** A card that is open: two stands of one size in one place, and what is on them. */
interface Open {
  readonly stands: readonly [sight: HTMLElement, touch: HTMLElement];
  readonly controls: Controls;
  readonly room: Room;
  /** From the thumbnail to the card. */
  offset: Spot;
  size: Size;
}

export class Badge {
  readonly #sight = makeHost(HOST, BADGE_CSS);
  readonly #touch = makeHost(CONTROLS, CARD_CSS);
  readonly #status = make('div', 'status');
  #slot: HTMLElement | null = null;
  #text: HTMLElement | null = null;
  #card: Open | null = null;
  #heat: HeatLayer | null = null;
  #origin: Element | null = null;

  constructor() {
    // A content script of an earlier version of the extension may have left its badge behind.
    document.querySelectorAll(`${HOST}, ${CONTROLS}`).forEach((stale) => {
      stale.remove();
    });
    this.#status.setAttribute('role', 'status');
    this.#sight.root.append(this.#status);
  }

  /** Whether the focus is inside the card. */
  get hasFocus(): boolean {
    return this.#touch.root.activeElement !== null;
  }

  /** Whether the card is at a point of the viewport. */
  isAt(x: number, y: number): boolean {
    const box = this.#card?.stands[1].getBoundingClientRect();
    return box !== undefined && x >= box.left && x < box.right && y >= box.top && y < box.bottom;
  }

  /** Brings an empty status into the page, so that what it will say is noticed. */
  attach(image: Element): void {
    const home = closest(image, TOP_LAYER) ?? document.documentElement;
    for (const { host } of [this.#sight, this.#touch]) {
      if (host.parentNode !== home) {
        home.append(host);
      }
    }
  }

  /** In new elements: of those that change or grow while they are there, a browser tells the page the size. */
  show(view: View, image: Element, announced: string): void {
    this.attach(image);
    this.#slot?.remove();
    this.#text = label('span', 'text', view.text);
    const badge = make('div', 'badge', this.#text);
    const { dataset } = badge;
    dataset['state'] = view.state;
    if (view.channel !== undefined && view.probability !== undefined) {
      dataset['channel'] = view.channel;
      dataset['probability'] = view.probability;
    }
    badge.dir = isRightToLeft(view.text) ? 'rtl' : 'ltr';
    this.#slot = make('div', 'slot', makeSize(), badge);
    // The status is read out instead, once the answer is there.
    this.#slot.setAttribute('aria-hidden', 'true');
    this.#sight.root.append(this.#slot);
    this.follow(image);
    write(this.#status, announced);
  }

  /**
   * Shows a card beside the thumbnail, where what it covers costs the least; with `focus`, the keyboard goes into it and
   * comes back when it is hidden.
   */
  expand(card: CardMaker, language: string, image: Element, costOf: (box: Rectangle) => number, focus: boolean): void {
    this.#close();
    const mirrored = isMirrored(image);
    const { controls } = card;
    const sight = make('div', 'stand', makeSize());
    const touch = controls.element;
    for (const [stand, { root }] of [[sight, this.#sight], [touch, this.#touch]] as const) {
      stand.dir = mirrored ? 'rtl' : 'ltr';
      stand.lang = language;
      root.append(stand);
      this.#unzoom(stand);
    }
    const frame = 2 * RIM + ABOVE_BUTTONS + heightOf(controls.row);
    const room = card.measure(sight, viewport().height - 2 * EDGE - frame);
    this.#card = { stands: [sight, touch], controls, room, offset: { left: 0, top: 0 }, size: { width: 0, height: 0 } };
    this.#lay(this.#card, card.makePaper(room));
    this.#setHeight(this.#card, room.head + frame);
    this.#place(this.#card, image.getBoundingClientRect(), mirrored, costOf);
    if (focus) {
      this.#origin ??= focused();
      controls.row.querySelector('button')?.focus();
    }
  }

  /** Keeps the card in the viewport after what is said below the buttons has changed; `height` of that, in px. */
  settle(image: Element, height: number): void {
    if (this.#card !== null) {
      const { stands, controls, room, size, offset } = this.#card;
      const row = heightOf(controls.row);
      this.#setHeight(this.#card, 2 * RIM + ABOVE_BUTTONS + row + room.head + height);
      const box = image.getBoundingClientRect();
      const grown = stands[1].getBoundingClientRect();
      const before = { left: box.left + offset.left, top: box.top + offset.top };
      this.#card.size = { width: grown.width, height: grown.height };
      this.#putCard(this.#card, regrown(before, size, grown.height, box, viewport()), box);
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
    this.#followBadge(box, viewport(), isMirrored(image));
    for (const stand of this.#card?.stands ?? []) {
      const { left, top } = this.#card!.offset;
      moveTo(stand, box.left + left, box.top + top);
    }
    this.#heat?.follow();
  }

  hide(): void {
    const back = this.hasFocus ? this.#origin : null;
    this.#origin = null;
    this.#slot?.remove();
    this.#slot = null;
    this.#close();
    this.warm(null);
    write(this.#status, '');
    if (back instanceof HTMLElement || back instanceof SVGElement) {
      back.focus({ preventScroll: true });
    }
  }

  remove(): void {
    this.hide();
    this.#sight.host.remove();
    this.#touch.host.remove();
  }

  #close(): void {
    for (const stand of this.#card?.stands ?? []) {
      stand.remove();
    }
    this.#card = null;
  }

  /** Lays a card on its stand, so that its buttons are in the same place whatever is above them. */
  #lay({ stands: [sight], controls, room }: Open, paper: Paper): void {
    sight.append(paper.element);
    const row = heightOf(controls.row);
    controls.row.style.top = `${RIM + room.head + ABOVE_BUTTONS}px`;
    paper.gap.style.height = `${ABOVE_BUTTONS + row}px`;
    paper.element.style.top = `${room.head - heightOf(paper.head)}px`;
  }

  #setHeight({ stands }: Open, height: number): void {
    for (const stand of stands) {
      stand.style.height = `${height}px`;
    }
    setSize(stands[0], height);
  }

  #place(card: Open, box: DOMRect, mirrored: boolean, costOf: (box: Rectangle) => number): void {
    const [sight, touch] = card.stands;
    const { width, height } = touch.getBoundingClientRect();
    for (const stand of [sight, touch]) {
      stand.hidden = true; // what it will cover is looked at first
    }
    const spot = cheapest(cardSpots(box, { width, height }, viewport(), mirrored), ({ left, top }) =>
      costOf({ left, top, right: left + width, bottom: top + height }),
    );
    for (const stand of [sight, touch]) {
      stand.hidden = false;
    }
    card.size = { width, height };
    this.#putCard(card, spot, box);
  }

  #putCard(card: Open, { left, top }: Spot, box: DOMRect): void {
    card.offset = { left: left - box.left, top: top - box.top };
    for (const stand of card.stands) {
      moveTo(stand, left, top);
    }
  }

  #followBadge(box: DOMRect, size: Size, mirrored: boolean): void {
    if (this.#slot !== null) {
      const { left, top, maxWidth, lines, height } = placeBadge(box, size);
      this.#unzoom(this.#slot);
      this.#slot.dir = mirrored ? 'rtl' : 'ltr';
      this.#slot.style.width = `${maxWidth}px`;
      this.#slot.style.height = `${height}px`;
      setSize(this.#slot, height);
      this.#text?.style.setProperty('-webkit-line-clamp', String(lines));
      moveTo(this.#slot, left, top);
    }
  }

  /** Pages may zoom their root element: px in here are px of the viewport all the same. */
  #unzoom(element: HTMLElement): void {
    // Older browsers have no such property.
    const zoom = (this.#sight.host as { readonly currentCSSZoom?: number }).currentCSSZoom ?? 1;
    element.style.setProperty('zoom', String(1 / zoom));
  }
}

/** The text that is larger than all others beside it: see `.size` in badge.css.ts. */
function makeSize(): HTMLElement {
  const size = label('div', 'size', '. .');
  size.setAttribute('aria-hidden', 'true');
  return size;
}

function setSize(around: HTMLElement, height: number): void {
  const { style } = around.querySelector<HTMLElement>('.size')!;
  style.fontSize = `${height}px`;
  style.lineHeight = `${height}px`;
}

/** The part of the window that shows the page, without its scroll bars. */
function viewport(): Size {
  return { width: document.documentElement.clientWidth || innerWidth, height: innerHeight };
}

function isMirrored(image: Element): boolean {
  return getComputedStyle(image).direction === 'rtl';
}
