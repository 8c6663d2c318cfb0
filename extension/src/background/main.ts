/** The background: a service worker in Chrome, an event page in Firefox. It starts on an event and may end at any time. */

import {
  answerMessages,
  extensionUrl,
  load,
  mayRead,
  onCommand,
  onInstalled,
  openTab,
  save,
  tellActiveTab,
} from '../shared/browser.ts';
import { changeSettings, loadSettings, onSettings } from '../shared/settings-store.ts';
import { Answerer } from './classify-service.ts';
import { Cache } from './cache.ts';
import { Choices } from './settings-cache.ts';
import { Classifier } from '../model/classifier.ts';
import { decode } from '../model/decode.ts';
import { Explainer } from './heatmap-service.ts';
import { fetchPicture, THUMBNAIL_RULES } from './fetcher.ts';
import { History } from './history.ts';
import type { ModelSource } from '../model/model-files.ts';
import { Models } from './model-manager.ts';
import { serial } from '../shared/async.ts';
import { Requests } from './router.ts';
import { type Permissions, permittedSource, type Source } from './image-source.ts';
import { readStatus } from './status.ts';
import { indexedDbStore } from './model-store.ts';
import type { Keeper } from './session-store.ts';
import { downloadModel } from './model-download.ts';
import { WantedHosts } from './host-permissions.ts';

const packaged: ModelSource = {
  async read(name) {
    try {
      const response = await fetch(extensionUrl(`model/${name}`));
      return response.ok ? await response.arrayBuffer() : null;
    } catch (error) {
      // Both browsers reject for a file that the extension does not have.
      console.warn(`Thumbprint: model/${name} cannot be read:`, error);
      return null;
    }
  },
};

/** For as long as the browser runs, in its memory. */
function inSession(key: string): Keeper {
  return { load: () => load('session', key), save: (value) => save('session', key, value) };
}

const choices = new Choices(loadSettings);
const models = new Models({
  packaged,
  store: indexedDbStore,
  load: (source) => Classifier.load(source, extensionUrl('build/')),
});
const cache = new Cache(inSession('answers'));
const history = new History(inSession('history'), Date.now);
const wanted = new WantedHosts(inSession('wantedHosts'), mayRead);

const permissions: Permissions = {
  settings: () => choices.get(),
  checkAllowed: (source) => wanted.check(source),
};

function fetchSource({ url, thumbnail }: Source, signal: AbortSignal): Promise<Blob> {
  const others = { ...THUMBNAIL_RULES, allows: (from: URL) => wanted.allows(from) };
  return fetchPicture(url, thumbnail === null ? others : THUMBNAIL_RULES, signal);
}

async function serverOf(): Promise<string> {
  return (await choices.get()).server;
}

const answerer = new Answerer({ models, cache, decode, ...permissions, fetchPicture: fetchSource });
const explainer = new Explainer({
  server: serverOf,
  sourceOf: (address) => permittedSource(address, permissions),
  fetchPicture: fetchSource,
});

const requests = new Requests({
  answerer,
  explainer,
  history,
  server: serverOf,
  openTab,
  clearCache: () => cache.clear(),
  status: () =>
    readStatus({ model: () => models.status(), server: serverOf, wantedHosts: () => wanted.hosts() }),
  warmUp: () => models.use(({ metadata }) => Promise.resolve(metadata.version)),
  update: async () => models.install(await downloadModel(await serverOf())),
  revert: () => models.revert(),
});

const toggles = serial();

/** Reads the store itself: the keys may have been pressed before the last change was told. */
async function toggle(): Promise<void> {
  const { enabled } = await loadSettings();
  await changeSettings({ enabled: !enabled });
}

const COMMANDS: Readonly<Record<string, (() => Promise<void>) | undefined>> = {
  toggle: () => toggles(toggle),
  classify: () => tellActiveTab({ type: 'classify-focused' }),
};

function report(what: string): (error: unknown) => void {
  return (error) => console.warn(`Thumbprint: ${what}:`, error);
}

answerMessages((message, sender) => requests.answer(message, sender));
onSettings((settings) => choices.follow(settings), new AbortController().signal);
onCommand((name) => void COMMANDS[name]?.().catch(report(`the command ${name} was not carried out`)));
onInstalled(() => void openTab('build/welcome.html').catch(report('the first page was not opened')));
