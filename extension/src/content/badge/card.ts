/**
 * The card: all channels as bars, how near to "none of them", and what can be done about it.
 *
 * It is in two parts that lie on each other. What it says is where neither pointer nor focus can come: Firefox tells a
 * page the very element below the pointer and the one with the focus, also in a closed root. The buttons, which say the
 * same for every picture, are in a root of their own.
 */

import { label, make } from '../../shared/dom.ts';
import type { Localise } from '../../shared/i18n.ts';
import type { CardLayout } from './card-layout.ts';
import { makeHeatmapControls, type HeatmapControls } from './heatmap-controls.ts';
import { type CardContent, makeButton, makePane, type Pane } from './pane.ts';
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

/** What of the card can be pressed, the same whatever it says. */
export interface CardControls extends Pane {
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
