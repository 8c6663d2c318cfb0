/** The part of the card that answers *Why?*: the switch, the legend of the heatmap, and what to do where there is none. */

import { label, make, write } from '../../shared/dom.ts';
import type { Localise } from '../../shared/i18n.ts';
import type { HeatmapView } from './heatmap-view.ts';
import { makeLegend } from './legend.ts';

const COMMAND = 'python -m backend serve RUN';

export interface HeatmapControls {
  readonly button: HTMLButtonElement;
  /** Below the buttons, so that the switch stays below the pointer. */
  readonly section: HTMLElement;
  /** Below that part, which leaves a gap for it: a person copies it, so the pointer must come to it. */
  readonly command: HTMLElement;
  readonly show: (view: HeatmapView) => void;
}

/** Makes the button a switch, and what belongs to it. */
export function makeHeatmapControls(button: HTMLButtonElement, localise: Localise): HeatmapControls {
  const legend = makeLegend(localise);
  const note = make('p', 'note');
  note.setAttribute('role', 'status'); // there from the start: what is written into it later is read out
  const command = make('code', 'command', COMMAND);
  const gap = label('div', 'command gap', COMMAND);
  gap.setAttribute('aria-hidden', 'true');
  const show = ({ pressed, hasLegend, text, hasCommand }: HeatmapView): void => {
    button.setAttribute('aria-pressed', String(pressed));
    // Its room is kept while the switch is pressed: what moved below it would tell a page how long the text is.
    legend.hidden = !pressed;
    legend.style.visibility = hasLegend ? '' : 'hidden';
    write(note, text);
    command.hidden = !hasCommand;
    gap.hidden = !hasCommand;
  };
  show({ pressed: false, hasLegend: false, text: '', hasCommand: false });
  return { button, section: make('div', 'why', legend, note, gap), command, show };
}
