/** The badge of one answer on the screen: on its picture, or a dot on the picture and the badge beside it. */

import { label, make } from '../../shared/dom.ts';
import type { Rectangle, Size } from '../../shared/geometry.ts';
import { contentBelow, type PictureSurroundings } from '../detect/surroundings.ts';
import {
  type BadgePlace,
  type BesidePlace,
  isNarrow,
  likelyBox,
  placeAnyway,
  placeBadge,
  placeDot,
  placesBeside,
} from './badge-place.ts';
import { makeTextSize, moveTo, setTextSize } from './shadow-dom.ts';
import { type BadgeView, isRightToLeft } from './view-model.ts';

export class BadgeMark {
  readonly #text: HTMLElement;
  readonly #slot: HTMLElement;
  readonly #dot: HTMLElement;
  /** Where it stood last: it goes on standing there while it can. */
  #onPicture: BadgePlace | null = null;
  #beside: BesidePlace['where'] | null = null;

  /** `unzoom` makes px in an element those of the viewport. */
  constructor(
    view: BadgeView,
    private readonly surroundings: PictureSurroundings,
    private readonly unzoom: (element: HTMLElement) => void,
  ) {
    this.#text = label('span', 'text', view.text);
    const badge = make('div', 'badge', this.#text);
    badge.dir = isRightToLeft(view.text) ? 'rtl' : 'ltr';
    this.#slot = make('div', 'slot', makeTextSize(), badge);
    this.#dot = make('div', 'dot');
    const { dataset } = badge;
    dataset['state'] = this.#dot.dataset['state'] = view.state;
    if (view.channel !== undefined && view.probability !== undefined) {
      dataset['channel'] = view.channel;
      dataset['probability'] = view.probability;
    }
    for (const element of [this.#slot, this.#dot]) {
      element.setAttribute('aria-hidden', 'true'); // the status is read out instead, once the answer is there
    }
  }

  /** Holds the badge; the dot comes and goes before it. */
  get element(): HTMLElement {
    return this.#slot;
  }

  remove(): void {
    this.#dot.remove();
    this.#slot.remove();
  }

  /** Stands where the picture is now, and nowhere while nothing of it can be seen. */
  follow(viewport: Size, mirrored: boolean): void {
    const window = { left: 0, top: 0, right: viewport.width, bottom: viewport.height };
    const { visible, obstacles, searched } = this.surroundings.look(window);
    this.#onPicture = visible && placeBadge(visible, obstacles, mirrored, this.#onPicture);
    const isOff = visible !== null && this.#onPicture === null;
    const beside = isOff ? this.#besidePlace(visible, viewport, mirrored, searched) : null;
    this.#putDot(visible && beside && placeDot(visible, obstacles, mirrored));
    this.#putBadge(this.#onPicture ?? beside ?? (visible && placeAnyway(visible)), mirrored);
  }

  /** Where a badge covers the least of the page's own; looked up only when the page was searched. */
  #besidePlace(visible: Rectangle, viewport: Size, mirrored: boolean, searched: boolean): BesidePlace | null {
    const places = placesBeside(visible, viewport, mirrored);
    const before = places.find(({ where }) => where === this.#beside);
    if (before !== undefined && !searched) {
      return before;
    }
    const costs = places.map((place) => contentBelow(likelyBox(place, mirrored)));
    const cheapest = places[costs.indexOf(Math.min(...costs))] ?? null;
    this.#beside = cheapest?.where ?? null;
    return cheapest;
  }

  #putDot(spot: Rectangle | null): void {
    if (spot === null) {
      this.#dot.remove();
    } else {
      if (!this.#dot.isConnected) {
        this.#slot.before(this.#dot);
      }
      this.unzoom(this.#dot);
      this.#dot.style.width = `${spot.right - spot.left}px`;
      this.#dot.style.height = `${spot.bottom - spot.top}px`;
      moveTo(this.#dot, spot.left, spot.top);
    }
  }

  #putBadge(place: BadgePlace | null, mirrored: boolean): void {
    const { style, dataset } = this.#slot;
    this.#slot.hidden = place === null;
    if (place !== null) {
      this.unzoom(this.#slot);
      this.#slot.dir = mirrored ? 'rtl' : 'ltr';
      dataset['edge'] = place.edge;
      dataset['side'] = place.side;
      dataset['narrow'] = String(isNarrow(place));
      style.width = `${place.maxWidth}px`;
      style.height = `${place.height}px`;
      setTextSize(this.#slot, place.height);
      this.#text.style.setProperty('-webkit-line-clamp', String(place.lines));
      moveTo(this.#slot, place.left, place.top);
    }
  }
}
