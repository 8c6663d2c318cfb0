/** What the colours of a heatmap say. */

import { label, make } from '../../shared/dom.ts';
import type { Localise } from '../../shared/i18n.ts';

export function makeLegend(localise: Localise): HTMLElement {
  return make('div', 'legend', label('span', '', localise('why_cold')), make('span', 'ramp'), label('span', '', localise('why_hot')));
}
