/** The elements of a page's own HTML: found by their id, and listened to. */

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
