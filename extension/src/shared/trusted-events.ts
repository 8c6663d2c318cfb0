/** Listening to what a person does, and not to what a page makes up. */

type EventOf<K extends string> = K extends keyof DocumentEventMap ? DocumentEventMap[K] : Event;
type Listening = AddEventListenerOptions & { readonly signal: AbortSignal };

/**
 * Calls `heard` with every event of a type that the browser made itself, until the signal: a page can dispatch any event,
 * and would otherwise make the extension read its pictures.
 */
export function listen<K extends string>(
  target: EventTarget,
  type: K,
  heard: (event: EventOf<K>) => void,
  options: Listening,
): void {
  const listener = (event: Event): void => {
    if (event.isTrusted) {
      heard(event as EventOf<K>);
    }
  };
  target.addEventListener(type, listener, options);
}
