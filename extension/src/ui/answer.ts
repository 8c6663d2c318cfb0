/** An answer on a page: the badge, and a bar for every channel and for 'none of these'. */

import { make } from '../shared/dom.ts';
import type { ClassifyReply, ClassifyResult } from '../shared/messages.ts';
import { percentagesOf, percentOfNone, percentOfRest } from '../shared/percentages.ts';
import type { Page } from './page.ts';
import { verdict } from './text.ts';

/** Shows an answer in a container, or that one is awaited. */
export function showAnswer(container: HTMLElement, reply: ClassifyReply | null, page: Page): void {
  container.replaceChildren(badge(reply, page));
  if (reply?.ok === true) {
    container.append(bars(reply, page));
  }
}

function badge(reply: ClassifyReply | null, page: Page): HTMLElement {
  const { state, text } = reply === null ? { state: 'waiting', text: page.t('badge_waiting') } : verdict(reply, page);
  const element = make('p', 'badge', text);
  element.dataset['state'] = state;
  if (reply?.ok === true) {
    element.dataset['channel'] = reply.channel.name;
    element.dataset['probability'] = reply.channel.probability.toFixed(4);
  }
  return element;
}

/** All channels, the most probable first, then 'none of these' with a mark where the line is drawn. */
export function bars(reply: ClassifyResult, page: Page): HTMLElement {
  const { scores, rest, unknown, channel, known } = reply;
  const percentages = percentagesOf(reply, page.language);
  const rows = scores.map(({ name, displayName, probability }, i) => {
    const row = bar(displayName, probability, percentages[i]!);
    row.dataset['channel'] = name;
    row.classList.toggle('best', known && name === channel.name);
    return row;
  });
  if (rest !== undefined) {
    const written = percentOfRest(reply, scores.length, page.language);
    rows.push(bar(page.t('answer_others', [String(rest.count)]), rest.probability, written));
  }
  if (unknown !== null) {
    rows.push(unknownBar(reply, unknown, page));
  }
  return make('ul', 'bars', ...rows);
}

function unknownBar(reply: ClassifyResult, unknown: number, page: Page): HTMLLIElement {
  const { threshold } = reply;
  const row = bar(page.t('badge_unknown'), unknown, percentOfNone(reply, unknown, page.language));
  row.classList.add('none');
  if (threshold !== null) {
    const mark = make('span', 'mark');
    mark.style.insetInlineStart = `${String(threshold * 100)}%`;
    row.querySelector('.track')?.append(mark);
  }
  return row;
}

function bar(label: string, share: number, written: string): HTMLLIElement {
  const fill = make('span', 'fill');
  fill.style.inlineSize = `${String(Math.min(1, Math.max(0, share)) * 100)}%`;
  const name = make('span', 'name', label);
  name.title = label;
  const row = make('li', '', name, make('span', 'track', fill), make('span', 'share', written));
  row.dataset['probability'] = share.toFixed(4);
  return row;
}
