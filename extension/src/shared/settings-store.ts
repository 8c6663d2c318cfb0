/** The settings where the browser keeps them: read, changed and followed. */

import { load, onStored, save } from './browser.ts';
import { type Settings, storedSettings } from './settings.ts';

export async function loadSettings(): Promise<Settings> {
  return storedSettings(await load('local', 'settings'));
}

/** Changes some settings, on top of what is stored at this moment. */
export async function changeSettings(change: Partial<Settings>): Promise<void> {
  await save('local', 'settings', { ...(await loadSettings()), ...change } satisfies Settings);
}

/** Calls `changed` with the settings after every change, until the signal. */
export function onSettings(changed: (settings: Settings) => void, signal: AbortSignal): void {
  onStored('local', 'settings', (value) => changed(storedSettings(value)), signal);
}
