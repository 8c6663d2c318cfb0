/**
 * The card: all channels as bars, how near to "none of them", and what can be done about it.
 *
 * It is in two parts that lie on each other. What it says is where neither pointer nor focus can come: Firefox tells a
 * page the very element below the pointer and the one with the focus, also in a closed root. The buttons, which say the
 * same for every picture, are in a root of their own.
 */

import { label, make } from '../../shared/dom.ts';
import type { Localise } from '../../shared/i18n.ts';
import { listen } from '../../shared/trusted-events.ts';
import type { CardLayout } from './card-layout.ts';
import { makeHeatmapControls, type HeatmapControls } from './heatmap-controls.ts';
import { heightOf } from './shadow-dom.ts';
import type { Bar, CardView } from './view-model.ts';

/** What the buttons do. */
interface CardActions {
  /** Shows the heatmap over the thumbnail, or hides it. */
  readonly toggleHeatmap: () => void;
  /** Opens the page that explains the answer. */
  readonly details: () => void;
  /** Opens the local server's report; null without a server. */
  readonly report: (() => void) | null;
  /** Takes the cover off the thumbnail; null where none is covered. */
  readonly showThumbnail: (() => void) | null;
  /** Opens the list of corrections, or takes back the one that was made. */
  readonly correct: () => void;
  readonly isCorrected: boolean;
  readonly hideHere: () => void;
  /** Ends the card by the keyboard. */
  readonly leave: () => void;
}

/** What the card says. */
export interface CardContent {
  readonly element: HTMLElement;
  readonly head: HTMLElement;
  /** Left free for the buttons. */
  readonly gap: HTMLElement;
}

/** What of the card can be pressed, the same whatever it says. */
export interface CardControls {
  readonly element: HTMLElement;
  readonly row: HTMLElement;
  readonly heatmap: HeatmapControls;
}

/** Writes an answer into a card, no longer than there is room for. */
export function makeCardContent(view: CardView, heatmap: HeatmapControls, layout: CardLayout): CardContent {
  const { title, bars, more, unknown } = view;
  const head = make('div', 'head', clamped(label('p', 'title', title), layout.titleLines));
  head.append(make('ul', 'bars', ...bars.map((bar) => makeBar(bar, layout.linesOf(bar.name)))));
  for (const text of [more, unknown]) {
    if (text !== null) {
      head.append(clamped(label('p', 'note', text), layout.noteLines));
    }
  }
  const gap = make('div', 'gap');
  return { element: make('div', 'card', head, gap, heatmap.section), head, gap };
}

function makeBar({ name, share, percent }: Bar, lines: number): HTMLElement {
  const fill = make('div', 'fill');
  fill.style.width = `${share * 100}%`;
  return make('li', '', clamped(label('span', '', name), lines), label('span', '', percent), make('div', 'track', fill));
}

/** Cuts a text off after so many lines. */
function clamped(element: HTMLElement, lines: number): HTMLElement {
  element.style.setProperty('-webkit-line-clamp', String(lines));
  return element;
}

export function makeCardControls(actions: CardActions, localise: Localise): CardControls {
  const { toggleHeatmap, details, report, showThumbnail, correct, isCorrected, hideHere, leave } = actions;
  const signal = new AbortController().signal; // as long as the elements
  const button = (text: string, press: () => void): HTMLButtonElement => makeButton(text, press, signal);
  const heatmap = makeHeatmapControls(button(localise('card_why'), toggleHeatmap), localise);
  const row = make('div', 'actions', heatmap.button, button(localise('card_details'), details));
  if (report !== null) {
    row.append(button(localise('card_report'), report));
  }
  if (showThumbnail !== null) {
    row.append(button(localise('card_show'), showThumbnail));
  }
  row.append(button(localise(isCorrected ? 'card_undo' : 'card_correct'), correct));
  row.append(button(localise('card_hide'), hideHere));
  return { element: makePane(row, localise('card_label'), leave, heatmap.command), row, heatmap };
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
