/** The card of a thumbnail while no channel is known at all: how to learn one. It says the same for every picture. */

import { label, make } from '../../shared/dom.ts';
import type { Localise } from '../../shared/i18n.ts';
import { type CardContent, headOf, makeButton, makePane, type Pane } from './pane.ts';

export interface NoChannelsActions {
  /** Opens the page of who posted it, to learn that channel; null where the page does not say who. */
  readonly learn: { readonly name: string; readonly press: () => void } | null;
  readonly hideHere: () => void;
  readonly leave: () => void;
}

interface NoChannelsCard {
  readonly controls: Pane;
  readonly measure: (pane: HTMLElement) => { readonly head: number };
  readonly makeContent: () => CardContent;
}

/** Makes the card as `Badge.expand` takes it. */
export function makeNoChannelsCard({ learn, hideHere, leave }: NoChannelsActions, localise: Localise): NoChannelsCard {
  const { signal } = new AbortController(); // as long as the elements
  const row = make('div', 'actions');
  if (learn !== null) {
    row.append(makeButton(localise('correct_learn', [learn.name]), learn.press, signal));
  }
  row.append(makeButton(localise('card_hide'), hideHere, signal));
  const content = (): CardContent => makeContent(learn !== null, localise);
  return {
    controls: { element: makePane(row, localise('card_label'), leave), row },
    measure: (pane) => ({ head: headOf(content(), pane) }),
    makeContent: content,
  };
}

function makeContent(canLearn: boolean, localise: Localise): CardContent {
  const note = localise(canLearn ? 'card_no_channels' : 'card_how_to_learn');
  const head = make('div', 'head', label('p', 'title', localise('badge_no_channels')), label('p', 'note', note));
  const gap = make('div', 'gap');
  return { element: make('div', 'card', head, gap), head, gap };
}
