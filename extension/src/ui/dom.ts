/** The elements of a page's own HTML: found by their id, listened to and translated. */

import { make } from '../shared/dom.ts';
import type { Localise } from '../shared/i18n.ts';
import type { Language } from '../shared/settings.ts';

/** The element with an id, of the type that the page's code relies on. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) {
    throw new Error(`#${id} is not a ${type.name}`);
  }
  return element;
}

/** Calls `done` with an element's new state whenever a person changes it. */
export function onChange<T extends HTMLElement>(element: T, done: (element: T) => void): void {
  element.addEventListener('change', () => done(element));
}

/** Calls `done` when a button is pressed. A rejection is a fault of ours and goes to the console. */
export function onPress(button: HTMLElement, done: () => void | Promise<void>): void {
  button.addEventListener('click', () => {
    void done();
  });
}

/** Writes only what changed: whoever has it read aloud does not hear it again. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Gives a person a file of JSON to keep. */
export function saveFile(name: string, text: string): void {
  const link = make('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/** A row that names a host, with a small button; `label` is its name for assistive technology. */
export function hostRow(host: string, text: string, label: string, done: () => Promise<void>): HTMLElement {
  const button = make('button', 'small', text);
  button.type = 'button';
  button.ariaLabel = label;
  onPress(button, done);
  return make('li', '', make('span', 'ellipsis', host), button);
}

/** `data-i18n` names the key of an element's text, `data-i18n-label` and `-alt` that of its name for assistive technology. */
export function translate<Key extends string>(language: Language, t: Localise<Key>): void {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll<HTMLElement>('[data-i18n]')) {
    element.textContent = t(element.dataset['i18n'] as Key);
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-i18n-label]')) {
    element.ariaLabel = t(element.dataset['i18nLabel'] as Key);
  }
  for (const image of document.querySelectorAll<HTMLImageElement>('img[data-i18n-alt]')) {
    image.alt = t(image.dataset['i18nAlt'] as Key);
  }
}
