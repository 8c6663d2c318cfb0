/** What a channel would be like, before it is kept: some of it that were left out, and some of others. */

import { label, make } from '../shared/dom.ts';
import type { Localise } from '../shared/i18n.ts';
import type { Example } from '../shared/learning.ts';
import type { State } from './flow.ts';
import { CANVAS, type Pictures } from './pictures.ts';
import { notesOf, sampleOf } from './words.ts';

const MOST = 6; // of each

type Shown = Extract<State, { step: 'preview' }> & { readonly name: string };

export function makePreview(shown: Shown, pictures: Pictures, localise: Localise): HTMLElement {
  const { tested, others } = shown.preview;
  const cell = (example: Example, isRight: boolean, name = ''): HTMLElement => makeCell(example, isRight, name, pictures);
  const content = make('div', 'content', ...notesOf(shown, localise).map((text) => label('p', 'note', text)));
  const own = sampleOf(tested, MOST).map(({ example, recognised }) => cell(example, recognised));
  content.append(heading(localise('learn_left_out')), makeGrid(own));
  if (others.length > 0) {
    const foreign = others.slice(0, MOST).map(({ example, name, taken }) => cell(example, !taken, name));
    content.append(heading(localise('learn_others')), makeGrid(foreign));
  }
  return content;
}

/** The figures above say the same in words. */
function makeGrid(cells: readonly HTMLElement[]): HTMLElement {
  const grid = make('div', 'grid', ...cells);
  grid.setAttribute('aria-hidden', 'true');
  return grid;
}

function makeCell(example: Example, isRight: boolean, name: string, pictures: Pictures): HTMLElement {
  const canvas = Object.assign(make('canvas'), CANVAS);
  void pictures.draw(example, canvas);
  const cell = make('div', 'cell', canvas, make('span', 'tick'));
  cell.dataset['mark'] = isRight ? 'right' : 'wrong';
  if (name !== '') {
    cell.append(label('span', 'name', name));
  }
  return cell;
}

/** What is drawn is no text of the element: a heading is named for those who hear it. */
function heading(text: string): HTMLElement {
  const element = label('h3', '', text);
  element.ariaLabel = text;
  return element;
}
