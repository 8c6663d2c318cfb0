/** Makes elements; nothing here takes HTML as text. */

export const XHTML = 'http://www.w3.org/1999/xhtml';

/** Makes an element with a class and its content, also in XHTML documents, where `createElement` is not enough. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElementNS(XHTML, tag) as HTMLElementTagNameMap[K];
  if (className !== '') {
    element.className = className;
  }
  element.append(...content);
  return element;
}
