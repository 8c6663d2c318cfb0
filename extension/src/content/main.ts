/** The content script: shows whose thumbnail is under the pointer, in every frame of every page. */

import { isAlive } from '../shared/browser.ts';
import { loadSettings, onSettings } from '../shared/settings-store.ts';
import type { Settings } from '../shared/settings.ts';
import { Session } from './session.ts';
import { hostOfTab, isOn } from './site.ts';

/** Watches the page while the settings allow it; a change of them applies at once. */
async function start(): Promise<void> {
  let session: Session | null = null;
  let settings: Settings;
  const apply = (current: Settings): void => {
    settings = current;
    if (!isOn(settings, hostOfTab())) {
      session?.stop();
      session = null;
    } else {
      session ??= new Session(() => settings);
    }
  };
  onSettings(apply, new AbortController().signal); // as long as the page
  const stored = await loadSettings();
  if (isAlive()) {
    apply(stored);
  }
}

// Pictures of their own (SVG, XML) have no place for a badge.
if (document.documentElement instanceof HTMLElement) {
  void start();
}
