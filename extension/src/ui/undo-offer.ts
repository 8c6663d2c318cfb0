/** What was done, with a button that takes it back. */

import { make } from '../shared/dom.ts';
import { reasonText } from '../shared/i18n.ts';
import { onPress } from './dom.ts';
import { undo } from './learn-client.ts';
import type { Page } from './page.ts';

/** A line and its button; `undone` is called once it is taken back, and what stands in the way is said in the line. */
export function undoOffer(said: string, token: string, { t }: Page, undone: () => Promise<void>): [HTMLElement, HTMLButtonElement] {
  const line = make('span', '', said);
  const button = make('button', 'small', t('options_undo'));
  button.type = 'button';
  onPress(button, async () => {
    button.disabled = true;
    const reply = await undo(token);
    if (reply.ok) {
      await undone();
    } else {
      line.textContent = reasonText(reply, t);
    }
  });
  return [line, button];
}
