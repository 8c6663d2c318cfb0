/**
 * Everything that is drawn over the thumbnails of a page: one element with a closed root, and a mark in it for each.
 *
 * Marks lie in places of the document, so that they scroll with it by themselves. They are moved by transforms, which no
 * browser tells the page as a shift of its layout, and are made anew where what they say changes.
 */

import { label, make } from '../../shared/dom.ts';
import type { Rectangle } from '../../shared/geometry.ts';
import { isRightToLeft } from '../badge/view-model.ts';
import { makeHost, makeTextSize, setTextSize } from '../badge/shadow-dom.ts';
import { GLANCE_HOST } from '../detect/stacking.ts';
import { OVERLAY_CSS } from './overlay.css.ts';
import type { Place, Surroundings } from './place.ts';
import { undoBox } from './undo-button.ts';
import type { Verdict } from './verdict.ts';

const NARROW = 110; // px: a name has no room in less
const BLUR = 0.055; // of the width of a thumbnail: letters of its title cannot be read through that
const EYE = 'M6 14q8-9.5 16 0q-8 9.5-16 0z';
const SVG = 'http://www.w3.org/2000/svg';

export interface Look {
  readonly verdict: Verdict;
  /** What is written; '' for a mark without words. */
  readonly text: string;
}

/** A mark and where it was laid last. */
export interface Mark {
  readonly element: HTMLElement;
  laid: string;
}

export class Overlay {
  readonly #host = makeHost(GLANCE_HOST, OVERLAY_CSS);

  constructor() {
    document.querySelectorAll(GLANCE_HOST).forEach((stale) => stale.remove());
    this.#host.host.setAttribute('aria-hidden', 'true'); // the card says the same to who cannot see it
    this.attach();
  }

  /** Brings the marks back where a page has removed them. */
  attach(): void {
    const { host } = this.#host;
    if (host.parentNode !== document.documentElement) {
      document.documentElement.append(host);
    }
  }

  /** The point of the viewport that places are counted from, and the zoom that pages may give their root element. */
  origin(): { readonly left: number; readonly top: number; readonly zoom: number } {
    const { host } = this.#host;
    const { left, top } = host.getBoundingClientRect();
    return { left, top, zoom: (host as { readonly currentCSSZoom?: number }).currentCSSZoom ?? 1 };
  }

  /** Makes a mark for a thumbnail of such a width. */
  make({ verdict, text }: Look, { box: { left, right } }: Place): Mark {
    const element = make('div', 'mark', makeTextSize(), make('div', 'cover'), make('div', 'frame'));
    const { dataset, style } = element;
    [dataset['state'], dataset['action']] = [verdict.state, verdict.action];
    if (verdict.channel !== null) {
      dataset['channel'] = verdict.channel.name;
    }
    const name = label('div', 'name', right - left < NARROW ? '' : text);
    name.dir = isRightToLeft(text) ? 'rtl' : 'ltr';
    element.append(name, makeUndo());
    style.setProperty('--blur', `${Math.max(6, Math.round((right - left) * BLUR))}px`);
    this.#host.root.append(element);
    requestAnimationFrame(() => requestAnimationFrame(() => (dataset['drawn'] = '')));
    return { element, laid: '' };
  }

  /** Lays a mark on its place, where it does not lie there already. */
  lay(mark: Mark, { box, radii }: Place, { layer, ground }: Surroundings, origin: ReturnType<Overlay['origin']>): void {
    const { left, top, right, bottom } = box;
    const [x, y] = [left - origin.left, top - origin.top];
    const laid = [x, y, right - left, bottom - top, ...radii, layer, ground, origin.zoom].join();
    if (laid === mark.laid) {
      return;
    }
    mark.laid = laid;
    mark.element.hidden = false;
    const { style } = mark.element;
    style.setProperty('zoom', String(1 / origin.zoom));
    style.zIndex = String(layer);
    style.borderRadius = radii.map((radius) => `${radius}px`).join(' ');
    style.transform = `translate(${x}px, ${y}px)`;
    setSize(style, right - left, bottom - top);
    setTextSize(mark.element, bottom - top);
    paint(style, ground);
    putUndo(mark.element.querySelector<HTMLElement>('.undo')!, { left: 0, top: 0, right: right - left, bottom: bottom - top });
  }

  /** Takes a mark from sight until it is laid somewhere. */
  hide(mark: Mark): void {
    mark.element.hidden = true;
    mark.laid = '';
  }

  remove(): void {
    this.#host.host.remove();
  }
}

/** In the colours of the page. */
function paint(style: CSSStyleDeclaration, ground: string | null): void {
  style.colorScheme = getComputedStyle(document.documentElement).colorScheme;
  style.setProperty('--ground', ground ?? 'Canvas');
  style.setProperty('--quiet', ground === null ? 'GrayText' : isDark(ground) ? '#b9b9b9' : '#595959');
}

function isDark(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

function makeUndo(): HTMLElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 28 28');
  const eye = document.createElementNS(SVG, 'path');
  eye.setAttribute('d', EYE);
  const pupil = document.createElementNS(SVG, 'circle');
  for (const [name, value] of [['cx', '14'], ['cy', '14'], ['r', '2.4']] as const) {
    pupil.setAttribute(name, value);
  }
  svg.append(eye, pupil);
  return make('div', 'undo', svg);
}

function putUndo({ style }: HTMLElement, thumbnail: Rectangle): void {
  const { left, top, right, bottom } = undoBox(thumbnail);
  style.left = `${left}px`;
  style.top = `${top}px`;
  setSize(style, right - left, bottom - top);
}

function setSize(style: CSSStyleDeclaration, width: number, height: number): void {
  style.width = `${width}px`;
  style.height = `${height}px`;
}
