/** Elements inside closed shadow roots, out of the reach of the page. */

import { label, make, XHTML } from '../../shared/dom.ts';

/** `closed`, but for packages that tests look into; `build.mjs` writes it here. */
declare const SHADOW_MODE: ShadowRootMode;

/** An element of the page's with a root that the page cannot reach. */
interface Host {
  readonly host: HTMLElement;
  readonly root: ShadowRoot;
}

/**
 * Makes an element with a closed root, with a style sheet in it.
 *
 * It begins in a document of its own, where no page can have defined a custom element of that name: such a definition
 * would be handed every root that its elements get later, closed ones too.
 */
export function makeHost(name: string, css: string): Host {
  const elsewhere = document.implementation.createHTMLDocument('');
  const host: HTMLElement = elsewhere.createElementNS(XHTML, name as 'div');
  const root = host.attachShadow({ mode: SHADOW_MODE });
  const style = make('style');
  style.textContent = css;
  root.append(style);
  return { host, root };
}

/** The text that is larger than all others beside it: see `.size` in badge.css.ts. */
export function makeTextSize(): HTMLElement {
  const size = label('div', 'size', '. .');
  size.setAttribute('aria-hidden', 'true');
  return size;
}

/** Fills an element of that height with it. */
export function setTextSize(around: HTMLElement, height: number): void {
  const { style } = around.querySelector<HTMLElement>('.size')!;
  style.fontSize = `${height}px`;
  style.lineHeight = `${height}px`;
}

/** The height of an element's content in its own px, also where the page zooms or transforms it. */
export function heightOf(element: Element): number {
  return Number.parseFloat(getComputedStyle(element).height) || 0;
}

/** Moves a fixed element to a point of the viewport, also inside what its place is counted from instead. */
export function moveTo(element: HTMLElement, left: number, top: number): void {
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
  const box = element.getBoundingClientRect();
  if (Math.abs(box.left - left) + Math.abs(box.top - top) > 1) {
    element.style.left = `${left * 2 - box.left}px`;
    element.style.top = `${top * 2 - box.top}px`;
  }
}
