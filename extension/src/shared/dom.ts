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

/**
 * Writes a text onto an element; '' takes it off.
 *
 * Not as a text node: `window.find` finds those in closed roots, and Firefox then hands them to the page in its selection.
 * The style sheet draws what the attribute says; screen readers read it as any other text.
 */
export function write(element: HTMLElement, text: string): void {
  element.dataset['text'] = text;
}

/** Makes an element that says something. */
export function label<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text: string,
): HTMLElementTagNameMap[K] {
  const element = make(tag, className);
  write(element, text);
  return element;
}
