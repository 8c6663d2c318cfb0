/** What every card is made of: what it says, and the pane of its buttons. */

import { label, make } from '../../shared/dom.ts';
import { listen } from '../../shared/trusted-events.ts';
import { heightOf } from './shadow-dom.ts';

/** What a card says. */
export interface CardContent {
  readonly element: HTMLElement;
  readonly head: HTMLElement;
  /** Left free for the buttons. */
  readonly gap: HTMLElement;
}

/** What of a card can be pressed. */
export interface Pane {
  readonly element: HTMLElement;
  readonly row: HTMLElement;
}

/** The pane with a row of buttons that a person leaves by Tab; `name` is what it is called when it is read out. */
export function makePane(row: HTMLElement, name: string, leave: () => void, ...below: HTMLElement[]): HTMLElement {
  const signal = new AbortController().signal; // as long as the elements
  const element = make('div', 'stand', row, ...below);
  element.setAttribute('role', 'dialog');
  element.setAttribute('aria-label', name);
  // Who presses with the pointer leaves with it: a card that had the focus would stay.
  listen(row, 'mousedown', (event) => event.preventDefault(), { signal });
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Tab' && isLast(row, event)) {
      event.preventDefault();
      leave();
    }
  };
  listen(element, 'keydown', press, { signal });
  return element;
}

/** A page must not press what opens tabs, changes settings or sends pictures. */
export function makeButton(text: string, press: () => void, signal: AbortSignal): HTMLButtonElement {
  const button = label('button', '', text);
  button.type = 'button';
  button.setAttribute('aria-label', text);
  listen(button, 'click', press, { signal });
  return button;
}

/** Whether Tab leads out of the card: it is at the end of the document, far from where the person was. */
function isLast(row: HTMLElement, { shiftKey, target }: KeyboardEvent): boolean {
  return target === (shiftKey ? row.firstElementChild : row.lastElementChild);
}

/** Measured in a pane, which is left as it was. */
export function headOf({ element, head }: CardContent, pane: HTMLElement): number {
  element.classList.add('sample');
  pane.append(element);
  const height = heightOf(head);
  element.remove();
  return height;
}
