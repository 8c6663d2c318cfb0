/** Listening to what a person does, and not to what a page makes up. */

type Listening = AddEventListenerOptions & { readonly signal: AbortSignal };

/**
 * Calls `heard` with every event of a type that the browser made itself, until the signal: a page can dispatch any event,
 * and would otherwise make the extension read its pictures.
 */
export function listen<E extends Event>(
  target: EventTarget,
  type: string,
  heard: (event: E) => void,
  options: Listening,
): void {
  const listener = (event: Event): void => {
    if (event.isTrusted) {
      heard(event as E);
    }
  };
  target.addEventListener(type, listener, options);
}
