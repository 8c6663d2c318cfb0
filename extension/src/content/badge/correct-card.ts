/**
 * The list of corrections, in the place of the card. It has one size whatever is in it, and only one element takes the
 * pointer and the keys: where the choices are written nothing comes, so that a page learns neither them nor the choice.
 */

import { label, make, write } from '../../shared/dom.ts';
import type { Localise } from '../../shared/i18n.ts';
import { listen } from '../../shared/trusted-events.ts';
import { type CardContent, makeButton, makePane, type Pane } from './pane.ts';
import type { Choice } from './corrections.ts';

export const ROWS = 6; // choices that are seen at once
const ROW = 28; // px, as in badge.css.ts
const ABOVE = 58; // px: the title and what is searched for
const HEAD = ABOVE + ROWS * ROW;
const MAX_QUERY = 40; // letters

export interface CorrectOptions {
  readonly localise: Localise;
  /** The choices for what is searched for. */
  readonly choices: (query: string) => readonly Choice[];
  readonly choose: (choice: Choice) => void;
  /** Reads a text out. */
  readonly announce: (text: string) => void;
  readonly leave: () => void;
}

export class CorrectCard {
  readonly controls: Pane;
  readonly #title: HTMLElement;
  readonly #search = label('p', 'note', '');
  readonly #rows = make('div', 'choices');
  #query = '';
  #active = 0;

  constructor(private readonly options: CorrectOptions) {
    const { localise, leave } = options;
    const { signal } = new AbortController(); // as long as the elements
    this.#title = label('p', 'title', localise('correct_title'));
    const list = make('button', 'list');
    list.type = 'button';
    list.setAttribute('aria-label', localise('correct_list'));
    list.style.height = `${HEAD}px`;
    list.style.top = `${-HEAD - 10}px`;
    listen(list, 'pointermove', ({ offsetY }) => this.#point(offsetY), { signal });
    listen(list, 'click', ({ offsetY, detail }) => detail > 0 && this.#press(offsetY), { signal });
    const row = make('div', 'actions', list, makeButton(localise('learn_back'), leave, signal));
    this.controls = { element: makePane(row, localise('correct_title'), leave), row };
    this.#draw(false);
  }

  readonly measure = (): { readonly head: number } => ({ head: HEAD });

  readonly makeContent = (): CardContent => {
    const head = make('div', 'head', this.#title, this.#search, this.#rows);
    head.style.height = `${HEAD}px`;
    const gap = make('div', 'gap');
    return { element: make('div', 'card', head, gap), head, gap };
  };

  /** Shows the choices anew: the channels have come. */
  update(): void {
    this.#draw(false);
  }

  /** Says that nothing came of it. */
  fail(text: string): void {
    write(this.#title, text);
    this.options.announce(text);
  }

  /** Takes a key, before the page hears of it; says whether it was for the list. */
  press({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey) {
      return false;
    }
    const choices = this.#choices();
    const moves: Record<string, number | undefined> = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity, PageDown: ROWS, PageUp: -ROWS };
    const by = moves[key];
    if (by !== undefined) {
      this.#active = Math.max(0, Math.min(this.#active + by, choices.length - 1));
    } else if (key === 'Enter') {
      this.#choose(choices[this.#active]);
      return true;
    } else if (key === 'Backspace') {
      this.#find(Array.from(this.#query).slice(0, -1).join(''));
    } else if (Array.from(key).length === 1) {
      this.#find((this.#query + key).slice(0, MAX_QUERY));
    } else {
      return false;
    }
    this.#draw(true);
    return true;
  }

  #find(query: string): void {
    this.#query = query.trimStart();
    this.#active = 0;
  }

  #choices(): readonly Choice[] {
    return this.options.choices(this.#query.trim());
  }

  /** The first choice that is seen. */
  get #from(): number {
    return Math.max(0, this.#active - ROWS + 1);
  }

  #point(y: number): void {
    const at = this.#at(y);
    if (at !== null && at !== this.#active) {
      const from = this.#from;
      this.#active = at;
      if (this.#from === from) {
        this.#draw(false);
      }
    }
  }

  #press(y: number): void {
    const at = this.#at(y);
    this.#choose(at === null ? undefined : this.#choices()[at]);
  }

  #at(y: number): number | null {
    const row = Math.floor((y - ABOVE) / ROW);
    const at = this.#from + row;
    return row >= 0 && row < ROWS && at < this.#choices().length ? at : null;
  }

  #choose(choice: Choice | undefined): void {
    if (choice !== undefined) {
      this.options.choose(choice);
    }
  }

  #draw(isHeard: boolean): void {
    const { localise, announce } = this.options;
    const choices = this.#choices();
    write(this.#search, localise('correct_search', [this.#query]));
    const from = this.#from;
    const rows = choices.slice(from, from + ROWS).map(({ text }, i) => {
      const row = label('p', 'choice', text);
      row.dataset['active'] = String(from + i === this.#active);
      return row;
    });
    this.#rows.replaceChildren(...(rows.length > 0 ? rows : [label('p', 'note', localise('correct_nothing'))]));
    if (isHeard) {
      announce(choices[this.#active]?.text ?? localise('correct_nothing'));
    }
  }
}
