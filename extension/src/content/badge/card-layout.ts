/**
 * How large a card is, whatever it says. A page can find that out by trying every point; so that it learns nothing by
 * it, each card is as large as the longest one that there could be in its place.
 */

import { label, make } from '../../shared/dom.ts';
import type { Localise } from '../../shared/i18n.ts';
import { makeLegend } from './legend.ts';
import { heightOf } from './shadow-dom.ts';
import type { CardRange } from './view-model.ts';

/** Heights are in px. */
export interface CardLayout {
  /** How many channels get a bar. */
  readonly bars: number;
  readonly titleLines: number;
  readonly noteLines: number;
  /** How many lines the name of a channel may have. */
  readonly linesOf: (name: string) => number;
  /** Of what is above the buttons. */
  readonly head: number;
  /** Of what is said below them of the heatmap. */
  readonly heatmap: number;
}

const MAX_TITLE_LINES = 6; // the page writes the name of the uploader

/** Measures inside a pane, which is left as it was; `most` is how high the part above the buttons may be. */
export function measureCard(pane: HTMLElement, range: CardRange, most: number, localise: Localise): CardLayout {
  const sample = new SampleCard(range, localise);
  pane.append(sample.element);
  try {
    return sample.measure(range, most);
  } finally {
    sample.element.remove();
  }
}

/** A card, never painted, with all that could be written into one. */
class SampleCard {
  readonly element: HTMLElement;
  readonly #titles: HTMLElement[];
  readonly #rows: HTMLElement[];
  readonly #head: HTMLElement;
  readonly #notes: HTMLElement[];
  readonly #heatmapSection: HTMLElement;
  readonly #heatmapTexts: HTMLElement[];

  constructor({ titles, names, percent, notes, heatmapTexts }: CardRange, localise: Localise) {
    const track = (): HTMLElement => make('div', 'track');
    this.#titles = titles.map((text) => label('p', 'title', text));
    this.#rows = names.map((name) => make('li', '', label('span', '', name), label('span', '', percent), track()));
    this.#notes = notes.map((text) => label('p', 'note', text));
    this.#heatmapTexts = heatmapTexts.map((text) => label('p', 'note', text));
    this.#head = make('div', 'head', ...this.#titles, make('ul', 'bars', ...this.#rows), ...this.#notes);
    this.#heatmapSection = make('div', 'why', makeLegend(localise), ...this.#heatmapTexts);
    this.element = make('div', 'card sample', this.#head, this.#heatmapSection);
    this.element.setAttribute('aria-hidden', 'true');
  }

  measure({ names, bars, more }: CardRange, most: number): CardLayout {
    const lines = new Map(names.map((name, i) => [name, linesIn(this.#rows[i]!.firstElementChild!)]));
    const fewest = Math.min(...lines.values());
    const titleLines = Math.min(MAX_TITLE_LINES, Math.max(...this.#titles.map(linesIn)));
    const noteLines = Math.max(1, ...this.#notes.map(linesIn));
    tallest(this.#titles, 1)[0]?.style.setProperty('-webkit-line-clamp', String(titleLines));
    tallest(this.#heatmapTexts, 1);
    let rows = tallest(this.#rows, bars);
    while (rows.length > 1 && heightOf(this.#head) > most) {
      rows = tallest(rows, rows.length - 1);
      if (this.#notes[0]?.dataset['text'] !== more) {
        this.#notes.unshift(label('p', 'note', more));
        this.#head.append(this.#notes[0]!);
      }
    }
    const [head, heatmap] = [this.#head, this.#heatmapSection].map(heightOf) as [number, number];
    return { bars: rows.length, titleLines, noteLines, linesOf: (name) => lines.get(name) ?? fewest, head, heatmap };
  }
}

/** Keeps so many elements, those that are highest, and removes the others. */
function tallest(elements: readonly HTMLElement[], count: number): HTMLElement[] {
  const sorted = elements.map((element) => ({ element, height: heightOf(element) })).sort((a, b) => b.height - a.height);
  for (const { element } of sorted.slice(count)) {
    element.remove();
  }
  return sorted.slice(0, count).map(({ element }) => element);
}

function linesIn(element: Element): number {
  const line = Number.parseFloat(getComputedStyle(element).lineHeight);
  return Math.max(1, Math.round(heightOf(element) / line));
}
