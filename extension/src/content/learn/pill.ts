/**
 * The button beside *Subscribe* that opens the panel: in a layer of our own, closed to the page, and the same whatever
 * is known of the channel. In little room it says less; where it finds no free place there is none, and the icon's window
 * has the same button.
 */

import { label, make, write } from '../../shared/dom.ts';
import type { Rectangle } from '../../shared/geometry.ts';
import { listen } from '../../shared/trusted-events.ts';
import { makeHost } from '../badge/shadow-dom.ts';
import { shownHeader } from '../detect/channel-page.ts';
import { focused, PILL_HOST } from '../detect/stacking.ts';
import { contentBoxes } from '../detect/surroundings.ts';
import { placeOf, surroundingsOf } from '../glance/place.ts';
import { PILL_CSS } from './pill.css.ts';
import { placePill } from './pill-place.ts';

/** The button of subscribing, in today's and older headers of both sites; the first action for who is signed out. */
const SUBSCRIBE = [
  'yt-subscribe-button-view-model',
  '.ytSubscribeButtonViewModelHost',
  'ytd-subscribe-button-renderer',
  'ytm-subscribe-button-renderer',
  '#subscribe-button',
  '.c4-tabbed-header-subscribe-button',
];
const ACTION = ['yt-flexible-actions-view-model', '.ytFlexibleActionsViewModelHost'].map((one) => `${one} button`);
const LEAST = 20; // px: a smaller one is not there yet
const LOOKS = 5; // of which one tests whether its place is still free, where nothing has moved

export class Pill {
  readonly #layer = makeHost(PILL_HOST, PILL_CSS);
  readonly #button: HTMLButtonElement;
  #place = '';
  #subscribe: HTMLElement | null = null;
  #looks = 0;
  #before = '';

  /** `texts`: what it says, the shortest last; it is read out as the first. */
  constructor(private readonly texts: readonly [string, ...string[]], press: () => void, signal: AbortSignal) {
    document.querySelectorAll(PILL_HOST).forEach((stale) => stale.remove());
    this.#button = label('button', 'pill', texts[0]);
    this.#button.type = 'button';
    this.#button.setAttribute('aria-label', texts[0]);
    listen(this.#button, 'click', press, { signal });
    listen(this.#button, 'keydown', (event) => this.#leave(event), { signal });
    this.#layer.root.append(make('div', 'stand', this.#button));
    signal.addEventListener('abort', () => this.#layer.host.remove());
  }

  focus(): void {
    this.#button.focus({ preventScroll: true });
  }

  /** Brings the keyboard here where it is on *Subscribe*; says whether it was. */
  enter(): boolean {
    const isBefore = this.#subscribe !== null && focused() === this.#subscribe && this.#place !== '';
    if (isBefore) {
      this.focus();
    }
    return isBefore;
  }

  /** Tab goes on from *Subscribe*, or back to it: this layer is at the end of the document. */
  #leave(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Tab' && this.#subscribe?.isConnected === true) {
      this.#subscribe.focus({ preventScroll: true });
      if (event.shiftKey) {
        event.preventDefault();
      }
    }
  }

  /** Stands beside the button of the header that is shown; nowhere where there is no room. */
  follow(): void {
    this.#subscribe = findSubscribe();
    if (this.#isStill()) {
      return;
    }
    const around = this.#subscribe && surroundingsOf(this.#subscribe);
    const box = this.#subscribe && around && (placeOf(this.#subscribe, around, null)?.box ?? null);
    if (this.#subscribe === null || around === null || box === null) {
      this.#hide();
    } else if (box.top >= 0 && box.bottom <= innerHeight) {
      this.#attach();
      const spot = this.#free(box, limitsOf(this.#subscribe), getComputedStyle(this.#subscribe).direction === 'rtl');
      if (spot === null) {
        this.#hide();
      } else {
        this.#put(spot, around.layer);
      }
    } // else it has scrolled away with the page
  }

  /** Whether everything is where it was at the last look: hit tests cost a page with many elements more than that. */
  #isStill(): boolean {
    const { left = 0, top = 0, width = 0 } = this.#subscribe?.getBoundingClientRect() ?? {};
    const now = [left + scrollX, top + scrollY, width, innerWidth, this.#layer.host.isConnected].join();
    const isStill = now === this.#before && this.#looks < LOOKS;
    this.#looks = isStill ? this.#looks + 1 : 0;
    this.#before = now;
    return isStill;
  }

  remove(): void {
    this.#layer.host.remove();
    this.#hide();
  }

  #hide(): void {
    this.#button.parentElement!.style.visibility = '';
    this.#place = '';
  }

  #attach(): void {
    const { host } = this.#layer;
    if (host.parentNode !== document.documentElement) {
      document.documentElement.append(host);
    }
  }

  /** Says as much as has a free place, and gives that place. */
  #free(subscribe: Rectangle, limits: Rectangle, mirrored: boolean): Rectangle | null {
    const { style } = this.#button;
    style.pointerEvents = 'none'; // it is not in its own way
    try {
      for (const text of this.texts) {
        write(this.#button, text);
        const spot = placePill(subscribe, this.#button.getBoundingClientRect(), limits, mirrored, contentBoxes);
        if (spot !== null) {
          return spot;
        }
      }
      return null;
    } finally {
      style.pointerEvents = '';
    }
  }

  #put({ left, top }: Rectangle, layer: number): void {
    const origin = this.#layer.host.getBoundingClientRect();
    const place = [left - origin.left, top - origin.top, layer].map(Math.round).join();
    if (place !== this.#place) {
      this.#place = place;
      const { style } = this.#button.parentElement!;
      style.transform = `translate(${left - origin.left}px, ${top - origin.top}px)`;
      style.zIndex = String(layer);
      style.visibility = 'visible';
    }
  }
}

function findSubscribe(): HTMLElement | null {
  const header = shownHeader();
  const found = [...SUBSCRIBE, ...ACTION].flatMap((selector) => [...(header?.querySelectorAll<HTMLElement>(selector) ?? [])]);
  return found.map((element) => element.querySelector('button') ?? element).find(isLarge) ?? null;
}

function isLarge(element: Element): boolean {
  const { width, height } = element.getBoundingClientRect();
  return width >= LEAST && height >= LEAST && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
}

/** The header, as far as it is in the window: no hit is tested beyond. */
function limitsOf(subscribe: Element): Rectangle {
  const { left, right, top, bottom } = (shownHeader() ?? subscribe).getBoundingClientRect();
  const width = document.documentElement.clientWidth || innerWidth;
  return { left: Math.max(4, left), right: Math.min(width - 4, right), top: Math.max(0, top), bottom: Math.min(innerHeight, bottom) };
}
