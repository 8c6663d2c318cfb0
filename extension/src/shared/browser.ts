/**
 * The one file that knows the browser's extension API.
 *
 * Both browsers offer `chrome.*` with promises. They differ in how a listener may answer later: Firefox takes a promise,
 * Chrome wants `true` and a call of `sendResponse`, which Firefox understands too. They also differ for a content
 * script whose extension was reloaded: Firefox ends it, Chrome leaves it behind with a runtime that has no id.
 */

/** False once the extension was reloaded, updated or removed below a content script that still runs. */
export function isAlive(): boolean {
  // The types promise a runtime, a left-behind content script has none.
  const runtime = chrome.runtime as typeof chrome.runtime | undefined;
  return runtime?.id !== undefined;
}

/** The address of a file inside the extension. */
export function extensionUrl(path: string): string {
  return chrome.runtime.getURL(path);
}

/** The localised text of a key of `_locales`. */
export function localised(key: string, substitutions: readonly string[] = []): string {
  return chrome.i18n.getMessage(key, [...substitutions]);
}

/** Asks the background. Rejects where nobody answers. */
export async function send(message: unknown): Promise<unknown> {
  return chrome.runtime.sendMessage(message);
}

/**
 * Answers messages from this extension alone; a handler returns null for a message that is not its own.
 *
 * Must be called while the background starts: a listener that is added later misses the message that woke it.
 */
export function answerMessages(handler: (message: unknown) => Promise<unknown> | null): void {
  chrome.runtime.onMessage.addListener((message: unknown, sender, sendResponse) => {
    const answer = sender.id === chrome.runtime.id ? handler(message) : null;
    if (answer === null) {
      return false;
    }
    void answer.then(sendResponse);
    return true;
  });
}
