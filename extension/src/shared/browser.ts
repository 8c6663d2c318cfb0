/**
 * The one file that knows the browser's extension API.
 *
 * Both browsers offer `chrome.*` with promises. They differ in how a listener may answer later: Firefox takes a promise,
 * Chrome wants `true` and a call of `sendResponse`, which Firefox understands too. They also differ for a content
 * script whose extension was reloaded: Firefox ends it, Chrome leaves it behind with a runtime that has no id.
 */

import type { Request } from './messages.ts';

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

/** The shadow root of an element of the page, also a closed one; for content scripts alone. */
export function shadowRootOf(element: HTMLElement): ShadowRoot | null {
  // Firefox has it on the element, and only newer ones know Chrome's way.
  const { openOrClosedShadowRoot } = element as { readonly openOrClosedShadowRoot?: ShadowRoot | null };
  const { dom } = chrome as { readonly dom?: typeof chrome.dom };
  return openOrClosedShadowRoot ?? dom?.openOrClosedShadowRoot(element) ?? null;
}

/** Whether this page is in a private window; for content scripts and pages of the extension. */
export function isPrivateWindow(): boolean {
  return chrome.extension.inIncognitoContext;
}

/** The language of the browser's own menus (`en-GB`). */
export function browserLanguage(): string {
  return chrome.i18n.getUILanguage();
}

/** Asks the background. Rejects where nobody answers. */
export async function send(message: Request): Promise<unknown> {
  return chrome.runtime.sendMessage(message);
}

/** Who sends a message. */
export interface Sender {
  /** Whether it is a page of the extension, and not a content script in the process of somebody else's page. */
  readonly ownPage: boolean;
  /** The same for all messages from one frame. */
  readonly place: string;
  /** Its tab, and the frame in that; 0 is the page itself. */
  readonly tab?: number;
  readonly frame?: number;
  /** The host of a frame's page over https, as the browser knows it; '' for any other. */
  readonly host: string;
  /** Whether it is in a private window. */
  readonly incognito: boolean;
}

/**
 * Answers messages from this extension alone; a handler returns null for a message that is not its own.
 *
 * Must be called while the background starts: a listener that is added later misses the message that woke it.
 */
export function answerMessages(handler: (message: unknown, sender: Sender) => Promise<unknown> | null): void {
  chrome.runtime.onMessage.addListener((message: unknown, sender, sendResponse) => {
    const answer = sender.id === chrome.runtime.id ? handler(message, toSender(sender)) : null;
    if (answer === null) {
      return false;
    }
    void answer.then(sendResponse);
    return true;
  });
}

function toSender({ url = '', origin, tab, frameId }: chrome.runtime.MessageSender): Sender {
  return {
    ownPage: url.startsWith(extensionUrl('')),
    place: `${tab?.id ?? url}/${frameId ?? ''}`,
    ...(tab?.id === undefined ? {} : { tab: tab.id, frame: frameId ?? 0 }),
    host: hostOf(origin ?? url),
    incognito: tab?.incognito ?? false,
  };
}

/** A frame without an address of its own has the origin of its parent, or `null` for one that is kept apart. */
function hostOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url?.protocol === 'https:' && url.port === '' ? url.hostname : '';
}

/** Sends a message to the content scripts of the tab in front; pages of the browser itself have none. */
export async function messageActiveTab(message: unknown): Promise<void> {
  const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
  if (tab?.id !== undefined) {
    await chrome.tabs.sendMessage(tab.id, message);
  }
}

/** Asks the content scripts of the tab in front, whose first answer counts. Rejects where there are none, or none answers. */
export async function askActiveTab(message: unknown): Promise<unknown> {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  return tab?.id === undefined ? undefined : chrome.tabs.sendMessage<unknown, unknown>(tab.id, message);
}

/** Writes a few letters onto the icon while a tab is in front, until that shows another page. */
export async function setIconText(tab: number, text: string): Promise<void> {
  const { action } = chrome;
  await Promise.all([
    action.setBadgeText({ tabId: tab, text }),
    action.setBadgeBackgroundColor({ tabId: tab, color: '#3346b5' }),
    action.setBadgeTextColor({ tabId: tab, color: '#ffffff' }),
  ]);
}

/** What is written onto the icon for the tab in front. */
export async function activeIconText(): Promise<string> {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  return tab?.id === undefined ? '' : chrome.action.getBadgeText({ tabId: tab.id });
}

/** Calls `handler` with every message of the background to this tab, until the signal. */
export function onMessage(handler: (message: unknown) => void, signal: AbortSignal): void {
  const listener = (message: unknown, sender: chrome.runtime.MessageSender): void => {
    if (sender.id === chrome.runtime.id) {
      handler(message);
    }
  };
  const { onMessage } = chrome.runtime;
  onMessage.addListener(listener);
  signal.addEventListener('abort', () => {
    if (isAlive()) {
      onMessage.removeListener(listener);
    }
  });
}

/** Answers what a page of the extension asks this tab, until the signal; `answer` gives undefined for what is not its own. */
export function onQuestion(answer: (message: unknown) => unknown, signal: AbortSignal): void {
  const listener = (message: unknown, sender: chrome.runtime.MessageSender, respond: (reply: unknown) => void): void => {
    const reply = sender.id === chrome.runtime.id ? answer(message) : undefined;
    if (reply !== undefined) {
      respond(reply);
    }
  };
  const { onMessage } = chrome.runtime;
  onMessage.addListener(listener);
  signal.addEventListener('abort', () => {
    if (isAlive()) {
      onMessage.removeListener(listener);
    }
  });
}

/** The areas of the extension's own store: `local` stays, `session` ends with the browser and lives in memory. */
type StoreArea = 'local' | 'session';

/** Reads one value from a store; undefined where there is none. Content scripts may read `local` alone. */
export async function load(area: StoreArea, key: string): Promise<unknown> {
  return (await chrome.storage[area].get(key))[key];
}

/** Writes one value. Rejects where the store is full. */
export async function save(area: StoreArea, key: string, value: unknown): Promise<void> {
  await chrome.storage[area].set({ [key]: value });
}

/** Calls `changed` with the new value whenever a value in a store changes, until the signal. */
export function onStored(area: StoreArea, key: string, changed: (value: unknown) => void, signal: AbortSignal): void {
  const listener = (changes: Record<string, chrome.storage.StorageChange>): void => {
    const change = changes[key];
    if (change !== undefined) {
      changed(change.newValue);
    }
  };
  const { onChanged } = chrome.storage[area];
  onChanged.addListener(listener);
  signal.addEventListener('abort', () => onChanged.removeListener(listener));
}

/** Everything in the store that the browser carries to other machines of the person, by its keys. */
export async function loadSync(): Promise<Record<string, unknown>> {
  return chrome.storage.sync.get(null);
}

/** Writes entries there and takes others away. Rejects where there is no room. */
export async function saveSync(entries: Readonly<Record<string, unknown>>, gone: readonly string[]): Promise<void> {
  await chrome.storage.sync.remove([...gone]);
  await chrome.storage.sync.set(entries);
}

/** Calls `changed` when another machine wrote something there; register while the background starts. */
export function onSync(changed: () => void): void {
  chrome.storage.sync.onChanged.addListener(changed);
}

const ALLOWED = 'allowedOrigins';

/**
 * The hosts that the person allowed one by one (`https://cdn.example`), in order.
 *
 * Noted here, because Firefox holds every host that the content scripts run on for granted.
 */
export async function allowedOrigins(): Promise<readonly string[]> {
  const stored = await load('local', ALLOWED);
  return Array.isArray(stored) ? stored.filter((origin) => typeof origin === 'string') : [];
}

/** Whether pictures of a host may be read (`https://cdn.example`): the person has allowed it, and not taken it back. */
export async function mayRead(origin: string): Promise<boolean> {
  const [allowed, granted] = await Promise.all([
    allowedOrigins(),
    chrome.permissions.contains({ origins: [`${origin}/*`] }),
  ]);
  return granted && allowed.includes(origin);
}

/** Asks the person whether pictures of a host may be read; only in a click on a page of the extension. */
export async function askToRead(origin: string): Promise<boolean> {
  const granted = await chrome.permissions.request({ origins: [`${origin}/*`] });
  if (granted) {
    await save('local', ALLOWED, [...new Set([...(await allowedOrigins()), origin])].sort());
  }
  return granted;
}

/** Takes back that pictures of a host may be read. */
export async function forbidReading(origin: string): Promise<void> {
  await save('local', ALLOWED, (await allowedOrigins()).filter((other) => other !== origin));
  try {
    await chrome.permissions.remove({ origins: [`${origin}/*`] });
  } catch (error) {
    // Firefox keeps what the content scripts need anyway: then the note alone decides.
    console.warn(`Thumbprint: the browser keeps the permission for ${origin}:`, error);
  }
}

/** Opens a page of the extension, or any address, in a new tab; its number. */
export async function openTab(path: string): Promise<number | undefined> {
  const url = path.startsWith('https:') || path.startsWith('http:') ? path : extensionUrl(path);
  return (await chrome.tabs.create({ url })).id;
}

/** Calls `pressed` with the name of a command when its keys are pressed; register while the background starts. */
export function onCommand(pressed: (name: string) => void): void {
  chrome.commands.onCommand.addListener(pressed);
}

/** Calls `installed` once after the extension was installed, not after an update. */
export function onInstalled(installed: () => void): void {
  chrome.runtime.onInstalled.addListener(({ reason }) => {
    if (reason === 'install') {
      installed();
    }
  });
}

/** The address of the tab in front; undefined where the extension may not know it. Only after a click on its icon. */
export async function activeAddress(): Promise<string | undefined> {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  return tab?.url;
}

/** The keys of every command as they are now, '' for one that has none. */
export async function shortcuts(): Promise<ReadonlyMap<string, string>> {
  const commands = await chrome.commands.getAll();
  return new Map(commands.map(({ name, shortcut }) => [name ?? '', shortcut ?? '']));
}
