/** The grid of thumbnails that a channel can be learnt from, each with a tick, in the two layers of the panel. */

import { label, make } from '../shared/dom.ts';
import type { Localise } from '../shared/i18n.ts';
import type { Example } from '../shared/learning.ts';
import { listen } from '../shared/trusted-events.ts';
import type { Flow } from './flow.ts';
import { CANVAS, type Pictures } from './pictures.ts';

export interface GridOptions {
  readonly flow: Flow;
  readonly localise: Localise;
  readonly pictures: Pictures;
  readonly scroller: HTMLElement;
  readonly loadMore: (() => void) | null;
  readonly signal: AbortSignal;
}

interface Cell {
  readonly example: Example;
  readonly shown: HTMLElement;
  readonly taken: HTMLButtonElement;
  readonly canvas: HTMLCanvasElement;
}

const COLUMNS = 3; // as in learn.css.ts
const MOVES: Readonly<Record<string, number | undefined>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -COLUMNS,
  ArrowDown: COLUMNS,
  Home: -Infinity,
  End: Infinity,
};

export class ExampleGrid {
  readonly #cells: Cell[] = [];
  readonly #shownGrid = make('div', 'grid');
  readonly #takenGrid = make('div', 'grid');
  readonly #views: IntersectionObserver;
  /** What is said, and what can be pressed. */
  readonly layers: readonly [HTMLElement, HTMLElement];

  constructor(private readonly options: GridOptions) {
    const { scroller, signal, localise } = options;
    this.#shownGrid.setAttribute('aria-hidden', 'true'); // pictures, and ticks that the buttons tell
    this.#takenGrid.setAttribute('role', 'group');
    this.#takenGrid.setAttribute('aria-label', localise('learn_label'));
    this.layers = [
      make('div', 'content', make('div', 'tools'), this.#shownGrid),
      make('div', 'content', this.#makeTools(), this.#takenGrid),
    ];
    this.#views = new IntersectionObserver((entries) => this.#draw(entries), { root: scroller, rootMargin: '200px' });
    signal.addEventListener('abort', () => this.#views.disconnect());
    listen(this.#takenGrid, 'keydown', (event) => this.#move(event), { signal });
  }

  /** Shows what there is now: more thumbnails, other ticks. */
  update(): void {
    const { examples } = this.options.flow;
    for (const example of [...examples.keys()].slice(this.#cells.length)) {
      this.#add(example);
    }
    for (const { example, shown, taken } of this.#cells) {
      const ticked = String(examples.get(example) ?? false);
      if (shown.dataset['ticked'] !== ticked) {
        shown.dataset['ticked'] = ticked;
        taken.setAttribute('aria-checked', ticked);
      }
    }
  }

  #makeTools(): HTMLElement {
    const { flow, localise, loadMore } = this.options;
    const tools = make('div', 'tools');
    tools.append(this.#tool(localise('learn_all'), () => flow.tickAll(true)));
    tools.append(this.#tool(localise('learn_nothing'), () => flow.tickAll(false)));
    if (loadMore !== null) {
      tools.append(this.#tool(localise('learn_load'), loadMore));
    }
    return tools;
  }

  #tool(text: string, press: () => void): HTMLButtonElement {
    const button = label('button', '', text);
    button.type = 'button';
    button.setAttribute('aria-label', text);
    listen(button, 'click', press, { signal: this.options.signal });
    return button;
  }

  #add(example: Example): void {
    const { flow, localise, signal } = this.options;
    const canvas = Object.assign(make('canvas'), CANVAS);
    const shown = make('div', 'cell', canvas, make('span', 'tick'));
    const taken = make('button', 'cell');
    taken.type = 'button';
    taken.tabIndex = this.#cells.length === 0 ? 0 : -1;
    taken.setAttribute('role', 'checkbox');
    taken.setAttribute('aria-label', localise('learn_thumbnail', [String(this.#cells.length + 1)]));
    listen(taken, 'click', () => flow.tick(example, flow.examples.get(example) !== true), { signal });
    this.#cells.push({ example, shown, taken, canvas });
    this.#shownGrid.append(shown);
    this.#takenGrid.append(taken);
    this.#views.observe(taken);
  }

  /** Reads the pictures that come into view. */
  #draw(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      const cell = this.#cells.find(({ taken }) => taken === target);
      if (isIntersecting && cell !== undefined) {
        this.#views.unobserve(target);
        void this.options.pictures.draw(cell.example, cell.canvas);
      }
    }
  }

  /** One stop for Tab; arrows go from one to the other. */
  #move(event: KeyboardEvent): void {
    const from = this.#cells.findIndex(({ taken }) => taken === event.target);
    const by = MOVES[event.key];
    const to = by === undefined || from < 0 ? undefined : this.#cells[clamp(from + by, this.#cells.length - 1)];
    if (to !== undefined) {
      event.preventDefault();
      this.#cells[from]!.taken.tabIndex = -1;
      to.taken.tabIndex = 0;
      to.taken.focus();
    }
  }
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
