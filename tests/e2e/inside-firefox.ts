/** What Firefox's own code is asked, past every page: only a browser that was started with system access answers. */
import type { Browser } from 'puppeteer-core';

/** Puppeteer has it, and does not name it in its types. */
interface Connected {
  readonly connection: { readonly send: (method: string, params: object) => Promise<{ readonly result: unknown }> };
}

interface Evaluated {
  readonly type: 'success' | 'exception';
  readonly result?: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string };
}

/** Send a command of WebDriver BiDi, also one that only Firefox knows. */
export async function sendBidi(browser: Browser, method: string, params: object): Promise<unknown> {
  return (await (browser as unknown as Connected).connection.send(method, params)).result;
}

/** Evaluate an expression where the browser's windows are made; its value, once that is there, is a text or a number. */
export async function insideFirefox(browser: Browser, expression: string): Promise<unknown> {
  const { contexts } = (await sendBidi(browser, 'browsingContext.getTree', { 'moz:scope': 'chrome', maxDepth: 0 })) as {
    contexts: { context: string }[];
  };
  const target = { context: contexts[0]?.context };
  const evaluated = (await sendBidi(browser, 'script.evaluate', { expression, target, awaitPromise: true })) as Evaluated;
  if (evaluated.type === 'exception') throw new Error(evaluated.exceptionDetails?.text);
  return evaluated.result?.value;
}
