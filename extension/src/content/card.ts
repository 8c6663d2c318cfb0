/** The card: all channels as bars, how near to "none of them", and what can be done about it. */

import type { Localise } from '../shared/i18n.ts';
import { make } from './dom.ts';
import type { Bar, CardView } from './view.ts';
import { makeWhy, type Why } from './why.ts';

/** What the buttons do. */
export interface CardActions {
  /** Lays heat over the thumbnail, or takes it off. */
  readonly why: () => void;
  /** Opens the page that explains the answer. */
  readonly details: () => void;
  readonly hideHere: () => void;
  /** Ends the card by the keyboard. */
  readonly leave: () => void;
  /** The address of the local server's report, null without a server. */
  readonly report: string | null;
}

export interface Card {
  readonly element: HTMLElement;
  readonly why: Why;
}

/** Builds the card; nothing in it outlives it. */
export function makeCard(view: CardView, actions: CardActions, localise: Localise): Card {
  const why = makeWhy(makeButton(localise('card_why'), actions.why), localise);
  const element = make('div', 'card', make('p', 'title', view.title), make('ul', 'bars', ...view.bars.map(makeBar)));
  for (const text of [view.more, view.unknown]) {
    if (text !== null) {
      element.append(make('p', 'note', text));
    }
  }
  element.append(makeActions(why.button, actions, localise), why.part);
  element.setAttribute('role', 'dialog');
  element.setAttribute('aria-label', localise('card_label'));
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Tab' && isLast(element, event)) {
      event.preventDefault();
      actions.leave();
    }
  });
  return { element, why };
}

function makeBar({ name, share, percent }: Bar): HTMLElement {
  const fill = make('div', 'fill');
  fill.style.width = `${share * 100}%`;
  return make('li', '', make('span', '', name), make('span', '', percent), make('div', 'track', fill));
}

function makeActions(why: HTMLElement, { details, hideHere, report }: CardActions, localise: Localise): HTMLElement {
  const row = make('div', 'actions', why, makeButton(localise('card_details'), details));
  if (report !== null) {
    const link = make('a', '', localise('card_report'));
    link.href = report;
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    row.append(link);
  }
  row.append(makeButton(localise('card_hide'), hideHere));
  // Who presses with the pointer leaves with it: a card that had the focus would stay.
  row.addEventListener('mousedown', (event) => event.preventDefault());
  return row;
}

function makeButton(text: string, press: () => void): HTMLButtonElement {
  const button = make('button', '', text);
  button.type = 'button';
  button.addEventListener('click', (event) => {
    // A page must not press what opens tabs, changes settings or sends pictures.
    if (event.isTrusted) {
      press();
    }
  });
  return button;
}

/** Whether Tab leads out of the card: it is at the end of the document, far from where the person was. */
function isLast(card: HTMLElement, { shiftKey, target }: KeyboardEvent): boolean {
  const reachable = card.querySelectorAll('a, button');
  return target === reachable[shiftKey ? 0 : reachable.length - 1];
}
