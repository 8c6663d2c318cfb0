/** The card: all channels as bars, how near to "none of them", and what can be done about it. */

import type { Localise } from '../shared/i18n.ts';
import { make } from './dom.ts';
import type { Bar, CardView } from './view.ts';

/** What the buttons do. */
export interface CardActions {
  readonly explain: () => void;
  readonly hideHere: () => void;
  /** Ends the card by the keyboard. */
  readonly leave: () => void;
  /** The address of the local server's report, null without a server. */
  readonly report: string | null;
}

/** Builds the card; nothing in it outlives it. */
export function makeCard(view: CardView, actions: CardActions, localise: Localise): HTMLElement {
  const card = make('div', 'card', make('p', 'title', view.title), make('ul', 'bars', ...view.bars.map(makeBar)));
  for (const text of [view.more, view.unknown]) {
    if (text !== null) {
      card.append(make('p', 'note', text));
    }
  }
  card.append(makeActions(actions, localise));
  card.setAttribute('role', 'dialog');
  card.setAttribute('aria-label', localise('card_label'));
  card.addEventListener('keydown', (event) => {
    if (event.key === 'Tab' && isLast(card, event)) {
      event.preventDefault();
      actions.leave();
    }
  });
  return card;
}

function makeBar({ name, share, percent }: Bar): HTMLElement {
  const fill = make('div', 'fill');
  fill.style.width = `${share * 100}%`;
  return make('li', '', make('span', '', name), make('span', '', percent), make('div', 'track', fill));
}

function makeActions({ explain, hideHere, report }: CardActions, localise: Localise): HTMLElement {
  const why = makeButton(localise('card_why'), explain);
  const hide = makeButton(localise('card_hide'), hideHere);
  if (report === null) {
    return make('div', 'actions', why, hide);
  }
  const link = make('a', '', localise('card_report'));
  link.href = report;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  return make('div', 'actions', why, link, hide);
}

function makeButton(text: string, press: () => void): HTMLElement {
  const button = make('button', '', text);
  button.type = 'button';
  button.addEventListener('click', (event) => {
    // A page must not press what opens tabs and changes settings.
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
