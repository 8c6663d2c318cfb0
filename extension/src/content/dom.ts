/** Elements for a shadow root, also in XHTML documents, where `createElement` is not enough. */

const XHTML = 'http://www.w3.org/1999/xhtml';

interface Tags {
  readonly a: HTMLAnchorElement;
  readonly button: HTMLButtonElement;
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
