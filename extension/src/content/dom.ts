/** Elements for a shadow root, also in XHTML documents, where `createElement` is not enough. */

const XHTML = 'http://www.w3.org/1999/xhtml';

interface Tags {
  readonly a: HTMLAnchorElement;
  readonly button: HTMLButtonElement;
  readonly canvas: HTMLCanvasElement;
  readonly style: HTMLStyleElement;
}

/** Makes an element with a class and its content: text or other elements. */
export function make<K extends string>(
  tag: K,
  className = '',
  ...content: (Node | string)[]
): K extends keyof Tags ? Tags[K] : HTMLElement {
  const element = document.createElementNS(XHTML, tag);
  if (className !== '') {
    element.setAttribute('class', className);
  }
  element.append(...content);
  return element as K extends keyof Tags ? Tags[K] : HTMLElement;
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
