/** The slider on the options page, and what its place means in words. */

import type { Unknown } from '../model/metadata.ts';
import { operatingPoint } from '../model/operating-point.ts';
import { changeSettings } from '../shared/settings-store.ts';
import { byId, onChange, onPress } from './dom.ts';
import type { Page } from './page.ts';
import { pointsOf, positionOf, type Strictness } from './strictness-scale.ts';
import { strictnessText } from './text.ts';

export class StrictnessField {
  readonly #slider = byId('strictness', HTMLInputElement);
  readonly #words = byId('strictness-words', HTMLElement);
  #strictness: Strictness = 'none';
  #page: Page | null = null;

  constructor() {
    // While it is dragged, only the words follow; what is stored changes once, at the end.
    this.#slider.addEventListener('input', () => this.#describe(this.#wish()));
    onChange(this.#slider, () => void changeSettings({ knownRecall: this.#wish() }));
    onPress(byId('as-trained', HTMLElement), () => changeSettings({ knownRecall: null }));
  }

  render(strictness: Strictness, page: Page): void {
    this.#strictness = strictness;
    this.#page = page;
    const { knownRecall } = page.settings;
    const unknown = this.#unknown();
    const points = pointsOf(unknown);
    byId('strictness-field', HTMLElement).hidden = points.length < 2;
    byId('as-trained-actions', HTMLElement).hidden = strictness === 'learnt';
    byId('as-trained', HTMLButtonElement).disabled = knownRecall === null;
    byId('as-trained-note', HTMLElement).hidden = knownRecall !== null || unknown === null;
    if (unknown !== null && points.length > 0) {
      this.#slider.max = String(points.length - 1);
      this.#slider.value = String(positionOf(points, unknown, knownRecall));
    }
    this.#describe(knownRecall);
  }

  #unknown(): Unknown | null {
    return typeof this.#strictness === 'object' ? this.#strictness.measured : null;
  }

  /** The share of thumbnails to find where the slider stands. */
  #wish(): number | null {
    return pointsOf(this.#unknown())[this.#slider.valueAsNumber]?.knownRecall ?? null;
  }

  #describe(knownRecall: number | null): void {
    if (this.#page === null) {
      return;
    }
    const { t } = this.#page;
    const unknown = this.#unknown();
    const missing = t(this.#strictness === 'learnt' ? 'options_strictness_learnt' : 'popup_unknown_none');
    const text = unknown === null ? missing : strictnessText(operatingPoint(unknown, knownRecall), this.#page);
    this.#slider.ariaValueText = text;
    this.#words.textContent = unknown?.drawn === true ? `${text} ${t('ui_drawn')}` : text;
  }
}
