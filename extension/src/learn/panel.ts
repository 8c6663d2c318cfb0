/**
 * The panel that learns a channel, in two layers of one size: what it says, and above it what can be pressed.
 *
 * Firefox hands a page the very element below the pointer and the one with the focus, also in a closed root, and with it
 * all that is in that root. What can be pressed says the same whatever is known; all else is where nothing comes.
 */

import { label, make, write } from '../shared/dom.ts';
import type { Localise } from '../shared/i18n.ts';
import type { Language } from '../shared/settings.ts';
import { listen } from '../shared/trusted-events.ts';
import type { Flow, State } from './flow.ts';
import { ExampleGrid } from './grid.ts';
import { Pictures, type PictureSource } from './pictures.ts';
import { makePreview } from './preview.ts';
import { type Button, BUTTONS, buttonsOf, leadOf, titleOf } from './words.ts';

export interface PanelOptions {
  readonly flow: Flow;
  readonly localise: Localise;
  readonly language: Language;
  readonly pictures: PictureSource;
  /** Brings more of the page, where there may be more. */
  readonly loadMore: (() => void) | null;
  readonly closed: () => void;
}

/** The layers: each belongs into a root of its own, the second above the first, both with LEARN_CSS. */
export class Panel {
  readonly says = make('div', 'sheet says');
  readonly takes = make('div', 'sheet takes');
  readonly #title = make('h2');
  readonly #lead = make('p', 'lead');
  readonly #done = make('div', 'fill');
  readonly #bar = make('div', 'bar', this.#done);
  readonly #heard = make('div', 'heard');
  readonly #shown = make('div', 'body');
  readonly #scroller = make('div', 'body');
  readonly #bottom = make('div', 'bottom');
  readonly #pictures: Pictures;
  readonly #grid: ExampleGrid;
  readonly #ending = new AbortController();
  #step: State['step'] | null = null;
  /** What is in the place of the grid, in each layer. */
  #contents: readonly HTMLElement[] = [];

  constructor(private readonly options: PanelOptions) {
    const { flow, localise, language } = options;
    this.#pictures = new Pictures(options.pictures);
    this.#grid = new ExampleGrid({ ...options, pictures: this.#pictures, scroller: this.#scroller, signal: this.#ending.signal });
    this.#scroller.role = 'group';
    this.#scroller.ariaLabel = localise('learn_label');
    [this.#shown, this.#scroller].forEach((body, i) => body.append(this.#grid.layers[i]!));
    this.#heard.setAttribute('role', 'status');
    this.says.role = 'region';
    this.says.append(make('div', 'top', this.#title, this.#lead, this.#bar), this.#shown, this.#heard);
    this.takes.append(make('div', 'top'), this.#scroller, this.#bottom);
    this.takes.setAttribute('role', 'dialog');
    this.takes.setAttribute('aria-modal', 'true');
    this.takes.setAttribute('aria-label', localise('learn_label'));
    this.takes.tabIndex = -1;
    for (const layer of [this.says, this.takes]) {
      layer.lang = language;
    }
    this.#listen();
    flow.changed = () => this.#render();
    this.#render();
  }

  /** Brings the keyboard into the panel: to the button that goes on. */
  focus(): void {
    (this.#bottom.querySelector('button') ?? this.takes).focus({ preventScroll: true });
  }

  /** Ends the panel; nothing is stored but what was kept. */
  close(): void {
    if (!this.#ending.signal.aborted) {
      this.#ending.abort();
      this.options.flow.close();
      this.#pictures.close();
      this.says.remove();
      this.takes.remove();
      this.options.closed();
    }
  }

  #listen(): void {
    const { signal } = this.#ending;
    listen(this.#scroller, 'scroll', () => this.#follow(), { passive: true, signal });
    listen(this.takes, 'keydown', (event) => this.#press(event), { signal });
    // The page has keys of its own.
    for (const type of ['keypress', 'keyup'] as const) {
      listen(this.takes, type, (event) => event.stopPropagation(), { signal });
    }
  }

  /** What is said goes where what can be pressed has been scrolled to. */
  #follow(): void {
    this.#shown.scrollTop = this.#scroller.scrollTop;
  }

  #press(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      this.close();
    } else if (event.key === 'Tab') {
      this.#turn(event);
    }
  }

  /** Tab goes in a circle. */
  #turn(event: KeyboardEvent): void {
    const all = [...this.takes.querySelectorAll<HTMLElement>('button:not([tabindex="-1"]), [tabindex="0"]')];
    const stops = all.filter((button) => button.closest('[inert], [hidden]') === null);
    const [first, last] = [stops[0], stops.at(-1)];
    const isAtEnd = event.target === (event.shiftKey ? first : last) || event.target === this.takes;
    if (isAtEnd) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  }

  #render(): void {
    const { flow, localise } = this.options;
    const { state } = flow;
    if (state.step !== this.#step) {
      this.#step = state.step;
      this.#build(state);
    }
    this.#pictures.hold(state.step === 'reading');
    const lead = leadOf(flow, localise);
    if (state.step === 'choose') {
      this.#grid.update();
      write(this.#heard, lead);
    }
    write(this.#lead, lead);
    this.#lead.classList.toggle('problem', state.step === 'problem');
    this.#bar.hidden = state.step !== 'reading';
    if (state.step === 'reading') {
      this.#done.style.transform = `scaleX(${state.of === 0 ? 0 : state.done / state.of})`;
    }
  }

  /** Makes what belongs to a step. */
  #build(state: State): void {
    const { flow, localise } = this.options;
    const hadFocus = this.#hasFocus();
    write(this.#title, titleOf(flow, localise));
    this.says.ariaLabel = titleOf(flow, localise);
    this.#title.ariaLabel = titleOf(flow, localise); // what is drawn is no text of the element
    write(this.#heard, `${titleOf(flow, localise)}. ${leadOf(flow, localise)}`);
    if (state.step !== 'keeping') { // for that moment, what was looked at stays
      this.#fill(state);
    }
    const goesOn = state.step !== 'reading' && state.step !== 'keeping';
    this.#bottom.replaceChildren(...buttonsOf(flow).map((button, index) => this.#button(button, goesOn && index === 0)));
    if (hadFocus) {
      this.focus();
    }
  }

  /** Puts what belongs to a step between the title and the buttons. */
  #fill(state: State): void {
    const isGrid = state.step === 'choose' || state.step === 'reading';
    for (const layer of this.#grid.layers) {
      layer.hidden = !isGrid; // it stays: to take hundreds of canvases away costs the page more than all else
      layer.inert = state.step !== 'choose';
    }
    this.#scroller.tabIndex = state.step === 'preview' ? 0 : -1; // the keyboard scrolls where nothing in it takes the focus
    this.#contents.forEach((content) => content.remove());
    this.#contents = isGrid ? [] : this.#contentOf(state);
    this.#contents.forEach((content, i) => [this.#shown, this.#scroller][i]!.append(content));
    this.#scroller.scrollTop = 0;
    this.#follow();
  }

  #contentOf(state: State): [HTMLElement, HTMLElement] {
    const { flow, localise } = this.options;
    if (state.step !== 'preview') {
      const next = state.step === 'done' ? [label('p', 'note', localise('learn_next'))] : [];
      return [make('div', 'content', ...next), make('div', 'content')];
    }
    return [makePreview({ ...state, name: flow.channel.name }, this.#pictures, localise), make('div', 'space')];
  }

  #hasFocus(): boolean {
    const root = this.takes.getRootNode() as Document | ShadowRoot;
    return this.takes.contains(root.activeElement);
  }

  #button(name: Button, isFirst: boolean): HTMLButtonElement {
    const text = this.options.localise(BUTTONS[name]);
    const button = label('button', isFirst ? 'first' : '', text);
    button.type = 'button';
    button.setAttribute('aria-label', text);
    listen(button, 'click', () => this.#act(name), { signal: this.#ending.signal });
    return button;
  }

  #act(name: Button): void {
    const { flow } = this.options;
    const acts: Readonly<Record<Button, () => void>> = {
      learn: () => void flow.learn(),
      cancel: () => flow.cancel(),
      keep: () => void flow.keep(),
      undo: () => void flow.undo(),
      more: () => flow.back(),
      back: () => flow.back(),
      discard: () => this.close(),
      close: () => this.close(),
    };
    acts[name]();
  }
}
