/** The background: a service worker in Chrome, an event page in Firefox. It starts on an event and may end at any time. */

import { Classifier } from '../model/classifier.ts';
import { decode } from '../model/decode.ts';
import type { ModelSource } from '../model/model-files.ts';
import { serial } from '../shared/async.ts';
import {
  answerMessages,
  extensionUrl,
  load,
  loadSync,
  mayRead,
  onCommand,
  onInstalled,
  onSync,
  openTab,
  save,
  saveSync,
  messageActiveTab,
  setIconText,
} from '../shared/browser.ts';
import type { Action } from '../shared/settings.ts';
import { changeSettings, loadSettings, onSettings } from '../shared/settings-store.ts';
import { ChannelMirror, newHere, withCarried } from './learning/channel-mirror.ts';
import { indexedDbChannels } from './learning/channel-store.ts';
import { ClassifyService } from './classify-service.ts';
import { ExampleReader } from './learning/example-reader.ts';
import { fetchPicture, THUMBNAIL_RULES } from './fetcher.ts';
import { GlanceCounts } from './glance-counts.ts';
import { HeatmapService } from './heatmap-service.ts';
import { History } from './history.ts';
import { HostPermissions } from './host-permissions.ts';
import { type Permissions, permittedSource, type ImageSource } from './image-source.ts';
import { LearnTabs } from './learning/learn-tabs.ts';
import { LearningService } from './learning/learning-service.ts';
import { LearntAnswers } from './learning/learnt-answers.ts';
import { LearntChannels } from './learning/learnt-channels.ts';
import type { Space } from './learning/learnt-fit.ts';
import { downloadModel } from './model-download.ts';
import { ModelManager } from './model-manager.ts';
import { indexedDbStore } from './model-store.ts';
import { PictureService } from './picture-service.ts';
import { Router } from './router.ts';
import { ScoreCache } from './score-cache.ts';
import type { StorageSlot } from './session-store.ts';
import { SeenVideos } from './learning/seen-videos.ts';
import { SettingsCache } from './settings-cache.ts';
import { readStatus } from './status.ts';

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
function sessionSlot(key: string): StorageSlot {
  return { load: () => load('session', key), save: (value) => save('session', key, value) };
}

const settingsCache = new SettingsCache(loadSettings);
const modelManager = new ModelManager({
  packaged,
  store: indexedDbStore,
  load: (source) => Classifier.load(source, extensionUrl('build/')),
});
const scoreCache = new ScoreCache(sessionSlot('answers'));
const history = new History(sessionSlot('history'), Date.now);
const glanceCounts = new GlanceCounts(sessionSlot('glanceCounts'), setIconText);
const hostPermissions = new HostPermissions(sessionSlot('wantedHosts'), mayRead);

const permissions: Permissions = {
  settings: () => settingsCache.get(),
  checkAllowed: (source) => hostPermissions.check(source),
};

function fetchSource({ url, thumbnail }: ImageSource, signal: AbortSignal): Promise<Blob> {
  const others = { ...THUMBNAIL_RULES, allows: (from: URL) => hostPermissions.allows(from) };
  return fetchPicture(url, thumbnail === null ? others : THUMBNAIL_RULES, signal);
}

async function serverOf(): Promise<string> {
  return (await settingsCache.get()).server;
}

/** The model and its prior; null for one without. */
function loadSpace(): Promise<Space | null> {
  return modelManager.use(({ prior, metadata }) => Promise.resolve(prior === null ? null : { prior, metadata }));
}

/** Changes what is done to channels; null takes an entry away. */
async function act(changes: Readonly<Record<string, Action | null>>): Promise<void> {
  const { actions } = await loadSettings();
  const entries = Object.entries({ ...actions.channels, ...changes });
  const channels = Object.fromEntries(entries.filter((entry): entry is [string, Action] => entry[1] !== null));
  await changeSettings({ actions: { ...actions, channels } });
}

const channelMirror = new ChannelMirror({
  saveLocal: (channels) => save('local', 'myChannels', channels),
  loadSync,
  saveSync,
  settings: loadSettings,
});
const learntChannels = new LearntChannels({
  store: indexedDbChannels,
  // What was learnt can be changed, and forgotten, also where the model is broken.
  space: () => loadSpace().catch(() => null),
  changed: (state) => void channelMirror.write(state),
});
const learntAnswers = new LearntAnswers(learntChannels);

/** Takes over what another machine wrote, and writes what it has to know. */
async function carry(): Promise<void> {
  const carried = newHere(await learntChannels.state(), await channelMirror.carried());
  if (carried.length > 0) {
    const actions = carried.flatMap(({ key, action }) => (action === undefined ? [] : [[key, action] as const]));
    await act(Object.fromEntries(actions));
    await learntChannels.add((state) => withCarried(state, carried, Date.now()));
  }
  await channelMirror.write(await learntChannels.state());
}

const classifyService = new ClassifyService({
  models: modelManager,
  cache: scoreCache,
  learnt: learntAnswers,
  decode,
  ...permissions,
  fetchPicture: fetchSource,
});
const heatmapService = new HeatmapService({
  models: modelManager,
  learnt: learntAnswers,
  decode,
  server: serverOf,
  sourceOf: (address) => permittedSource(address, permissions),
  fetchPicture: fetchSource,
});

const pictureService = new PictureService({
  fetchPicture: (url, signal) => fetchPicture(url, THUMBNAIL_RULES, signal),
});
const learningService = new LearningService({
  ...permissions,
  channels: learntChannels,
  reader: new ExampleReader({ classifyService, cache: scoreCache }),
  cache: scoreCache,
  seenVideos: new SeenVideos(sessionSlot('seenVideos')),
  metadata: () => modelManager.metadata(),
  space: loadSpace,
  act,
  now: Date.now,
});

const router = new Router({
  learning: learningService,
  learnTabs: new LearnTabs(sessionSlot('learnTabs'), openTab),
  classifyService,
  heatmapService,
  pictureService,
  history,
  server: serverOf,
  openTab,
  countGlance: (sender, count) => glanceCounts.note(sender, count),
  clearCache: () => scoreCache.clear(),
  status: () =>
    readStatus({ model: () => modelManager.status(), server: serverOf, wantedHosts: () => hostPermissions.hosts() }),
  warmUp: () => modelManager.use(({ metadata }) => Promise.resolve(metadata.version)),
  update: async () => modelManager.install(await downloadModel(await serverOf())),
  revert: () => modelManager.revert(),
});

const toggles = serial();

/** Reads the store itself: the keys may have been pressed before the cache heard of the last change. */
async function toggle(): Promise<void> {
  const { enabled } = await loadSettings();
  await changeSettings({ enabled: !enabled });
}

const COMMANDS: Readonly<Record<string, (() => Promise<void>) | undefined>> = {
  toggle: () => toggles(toggle),
  classify: () => messageActiveTab({ type: 'classify-focused' }),
  glance: () => messageActiveTab({ type: 'glance-toggle' }),
};

function report(what: string): (error: unknown) => void {
  return (error) => console.warn(`Thumbprint: ${what}:`, error);
}

answerMessages((message, sender) => router.handle(message, sender));
onSettings((settings) => {
  settingsCache.follow(settings);
  void carry().catch(report('channels were not carried on'));
}, new AbortController().signal);
onSync(() => void carry().catch(report('channels of another machine were not taken over')));
onCommand((name) => void COMMANDS[name]?.().catch(report(`the command ${name} was not carried out`)));
onInstalled(() => void openTab('build/welcome.html').catch(report('the first page was not opened')));
