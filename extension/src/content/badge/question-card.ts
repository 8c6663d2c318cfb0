/** The card that asks whether a thumbnail may be fetched from YouTube. It says the same for every picture of a page. */

import { label, make } from '../../shared/dom.ts';
import type { Localise, MessageKey } from '../../shared/i18n.ts';
import type { Answer, Asking } from '../question.ts';
import { type CardContent, headOf, makeButton, makePane, type Pane } from './pane.ts';

const LABELS = {
  always: 'card_question_always',
  here: 'card_question_here',
  never: 'card_question_never',
  'not-here': 'card_question_not_here',
} as const satisfies Record<Answer, MessageKey>;

interface QuestionCard {
  readonly controls: Pane;
  readonly measure: (pane: HTMLElement) => { readonly head: number };
  readonly makeContent: () => CardContent;
}

/** Makes the card as `Badge.expand` takes it. */
export function makeQuestionCard(asking: Asking, localise: Localise): QuestionCard {
  const signal = new AbortController().signal; // as long as the elements
  const answers: readonly Answer[] = asking.isForSite ? ['here', 'not-here'] : ['always', 'here', 'never'];
  const buttons = answers.map((answer) => makeButton(localise(LABELS[answer]), () => asking.answer(answer), signal));
  const row = make('div', 'actions', ...buttons);
  const content = (): CardContent => makeContent(asking, localise);
  return {
    controls: { element: makePane(row, localise('card_question'), asking.leave), row },
    measure: (pane) => ({ head: headOf(content(), pane) }),
    makeContent: content,
  };
}

function makeContent({ isForSite, isPrivate }: Asking, localise: Localise): CardContent {
  const head = make('div', 'head', label('p', 'title', localise('card_question')));
  const why = isPrivate ? 'card_question_private' : 'card_question_front_end';
  for (const note of ['card_question_note', ...(isForSite ? [why] : [])] as const) {
    head.append(label('p', 'note', localise(note as MessageKey)));
  }
  const gap = make('div', 'gap');
  return { element: make('div', 'card', head, gap), head, gap };
}
