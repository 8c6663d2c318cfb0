/** The content script: shows whose thumbnail is under the pointer, in every frame of every page. */

import { isAlive, onMessage } from '../shared/browser.ts';
import { changeSettings, loadSettings, onSettings } from '../shared/settings-store.ts';
import type { Settings } from '../shared/settings.ts';
import { withSite } from '../shared/sites.ts';
import { Consent } from './consent.ts';
import { isChannelHost } from './detect/channel-page.ts';
import { Glance } from './glance/glance.ts';
import { Learning } from './learn/learning.ts';
import { Seen } from './seen.ts';
import { Session } from './session.ts';
import { hostOfTab, isOn } from './site.ts';

/** Watches the page while the settings allow it; a change of them applies at once. */
async function start(): Promise<void> {
  let session: Session | null = null;
  let glance: Glance | null = null;
  let learning: Learning | null = null;
  let settings: Settings;
  const consent = new Consent(() => settings);
  const seen = new Seen(() => settings);
  const apply = (current: Settings): void => {
    settings = current;
    if (!isOn(settings, hostOfTab())) {
      session?.stop();
      learning?.stop();
      session = learning = null;
    } else {
      session ??= new Session(() => settings, consent, () => (glance === null ? null : (url) => glance?.show(url)), seen);
      learning ??= window === window.top && isChannelHost(location.hostname) ? new Learning(() => settings) : null;
    }
    if (!isOn(settings, hostOfTab()) || !settings.glanceSites.includes(hostOfTab())) {
      glance?.stop();
      glance = null;
    } else if (glance === null) {
      glance = new Glance(settings, (thumbnail) => consent.decide(thumbnail) === 'yes', seen);
    } else {
      glance.change(settings);
    }
  };
  const { signal } = new AbortController(); // as long as the page
  onSettings(apply, signal);
  onMessage((message) => {
    const type = (message as { type?: unknown } | null)?.type;
    if (type === 'glance-show-all') {
      glance?.showAll();
    } else if (type === 'glance-toggle' && window === window.top) {
      void toggleGlance();
    }
  }, signal);
  const stored = await loadSettings();
  if (isAlive()) {
    apply(stored);
  }
}

/** Marks every thumbnail of the tab's site from now on, or no more. */
async function toggleGlance(): Promise<void> {
  const { glanceSites } = await loadSettings();
  const host = hostOfTab();
  if (host !== '') {
    await changeSettings({ glanceSites: withSite(glanceSites, host, !glanceSites.includes(host)) });
  }
}

// Pictures of their own (SVG, XML) have no place for a badge.
if (document.documentElement instanceof HTMLElement) {
  void start();
}
