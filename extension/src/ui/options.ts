/** The settings: every change is stored at once and applies everywhere. */

import { allowedOrigins, forbidReading, shortcuts } from '../shared/browser.ts';
import { make } from '../shared/dom.ts';
import { type MessageKey, reasonText } from '../shared/i18n.ts';
import type { Status } from '../shared/messages.ts';
import { changeSettings } from '../shared/settings-store.ts';
import { MAX_DWELL_MS, type Settings } from '../shared/settings.ts';
import { withSite } from '../shared/sites.ts';
import { renderActions } from './actions-field.ts';
import { askStatus, changeModel, clearCache } from './background-client.ts';
import { Browsing } from './browsing.ts';
import { Carry } from './carry.ts';
import { trainedNames } from './channel-list.ts';
import { byId, hostRow, onChange, onPress, saveFile } from './dom.ts';
import { KnownChannels } from './known-channels.ts';
import { LearnPictures } from './learn-pictures.ts';
import { MyChannels } from './my-channels.ts';
import { openPage, type Page, rerender } from './page.ts';
import { readServer } from './server-address.ts';
import { FILE_NAME, readSettings, writeSettings } from './settings-file.ts';
import { StrictnessField } from './strictness-field.ts';
import { strictnessOf } from './strictness-scale.ts';
import { modelFacts, modelOf } from './text.ts';

const anyPicture = byId('any-picture', HTMLInputElement);
const opensCard = byId('opens-card', HTMLInputElement);
const dwell = byId('dwell', HTMLInputElement);
const language = byId('language', HTMLSelectElement);
const linked = byId('linked', HTMLSelectElement);
const server = byId('server', HTMLInputElement);
const remote = byId('remote', HTMLInputElement);
const update = byId('update', HTMLButtonElement);
const revert = byId('revert', HTMLButtonElement);
const importFile = byId('import-file', HTMLInputElement);
const strictness = new StrictnessField();
const known = new KnownChannels();
const learnPictures = new LearnPictures(known);
const myChannels = new MyChannels(known, (name) => learnPictures.open(name));
const browsing = new Browsing(known);
const carry = new Carry(known);

type PageText = (page: Page) => string;

let page: Page | null = null;
let status: Status | null = null;
let trained: ReadonlyMap<string, string> = new Map();
let busy = false;
let modelResult: PageText = () => '';
let importResult: PageText = () => '';

function render(opened: Page): void {
  page = opened;
  const { settings } = opened;
  anyPicture.checked = settings.anyPicture;
  opensCard.checked = settings.opensCard;
  dwell.value = String(settings.dwellMs);
  language.value = settings.language;
  remote.checked = settings.remoteServer;
  byId('remote-warning', HTMLElement).hidden = !settings.remoteServer;
  renderServer(opened);
  renderSites(opened);
  linked.value = settings.linkedVideos;
  renderSiteList(opened, 'linkedSites', 'linked');
  renderSiteList(opened, 'unlinkedSites', 'unlinked');
  renderSiteList(opened, 'glanceSites', 'glance');
  renderModel(opened);
  renderActions(opened);
  myChannels.render(opened, trained);
  learnPictures.render(opened);
  browsing.render(opened);
  carry.render(opened);
  byId('model-result', HTMLElement).textContent = modelResult(opened);
  byId('import-result', HTMLElement).textContent = importResult(opened);
  void renderHosts(opened);
  void renderShortcuts(opened);
}

/** An address that was refused stays, with what is wrong with it; an accepted one is shown as it is stored. */
function renderServer({ settings, t }: Page): void {
  const problem = byId('server-problem', HTMLElement);
  const waits = server.dataset['refused'] !== undefined;
  const read = waits ? readServer(server.value, settings.remoteServer) : null;
  const refused = read !== null && 'problem' in read;
  server.ariaInvalid = String(refused);
  problem.textContent = refused ? t(`options_server_fault_${read.problem}`, [server.value.trim()]) : '';
  if (!waits && document.activeElement !== server) {
    server.value = settings.server;
  }
}

function renderSites({ settings, t }: Page): void {
  const rows = settings.disabledSites.map((host) =>
    hostRow(host, t('options_remove'), t('options_remove_site', [host]), () =>
      changeSettings({ disabledSites: withSite(settings.disabledSites, host, false) }),
    ),
  );
  byId('sites', HTMLElement).replaceChildren(...rows);
  byId('sites-empty', HTMLElement).hidden = rows.length > 0;
}

/** The sites of one setting, in a section that is there only where there are some. */
function renderSiteList({ settings, t }: Page, field: 'linkedSites' | 'unlinkedSites' | 'glanceSites', name: string): void {
  const rows = settings[field].map((host) =>
    hostRow(host, t('options_remove'), t('options_remove_site', [host]), () =>
      changeSettings({ [field]: withSite(settings[field], host, false) }),
    ),
  );
  byId(`${name}-sites`, HTMLElement).replaceChildren(...rows);
  byId(`${name}-sites-section`, HTMLElement).hidden = rows.length === 0;
}

/** Hosts whose pictures may be read. */
async function renderHosts({ t }: Page): Promise<void> {
  const origins = await allowedOrigins();
  const rows = origins.map((origin) => {
    const { host } = new URL(origin);
    return hostRow(host, t('options_remove'), t('options_remove_site', [host]), async () => {
      await forbidReading(origin);
      rerender();
    });
  });
  byId('hosts', HTMLElement).replaceChildren(...rows);
  byId('hosts-section', HTMLElement).hidden = rows.length === 0;
}

function renderModel(words: Page): void {
  if (status === null) {
    return;
  }
  const model = modelOf(status);
  const loaded = 'metadata' in model;
  strictness.render(loaded ? strictnessOf(model.metadata, known.reply) : 'none', words);
  update.disabled = busy || words.settings.server === '';
  revert.disabled = busy || !(loaded && model.facts.origin === 'server');
  byId('model-progress', HTMLElement).hidden = !busy;
  byId('model', HTMLElement).textContent = loaded
    ? modelFacts(model.metadata, model.facts, words)
        .filter(([label]) => label !== words.t('popup_unknown'))
        .map(([label, value]) => `${label} ${value}`)
        .join(' · ')
    : reasonText(model, words.t);
}

async function renderShortcuts({ t }: Page): Promise<void> {
  const keys = await shortcuts();
  const rows = (['toggle', 'classify', 'glance'] as const).flatMap((command) => {
    const pressed = keys.get(command) ?? '';
    const shown = pressed === '' ? make('span', 'note', t('options_no_keys')) : make('kbd', '', pressed);
    return [make('dt', '', shown), make('dd', '', t(`command_${command}`))];
  });
  byId('shortcuts', HTMLElement).replaceChildren(...rows);
}

async function storeServer(): Promise<void> {
  const read = readServer(server.value, remote.checked);
  if ('problem' in read) {
    server.dataset['refused'] = '';
  } else {
    delete server.dataset['refused'];
    server.value = read.server;
    await changeSettings({ server: read.server });
  }
  await refresh();
}

/** Who forbids remote servers again also forgets the one that was named. */
async function storeRemote(allowed: boolean): Promise<void> {
  const kept = readServer(page?.settings.server ?? '', allowed);
  await changeSettings({ remoteServer: allowed, server: 'server' in kept ? kept.server : '' });
  if (server.dataset['refused'] !== undefined) {
    await storeServer();
  }
  await refresh();
}

async function takeModel(type: 'update-model' | 'revert-model'): Promise<void> {
  busy = true;
  modelResult = ({ t }) => t('options_working');
  rerender();
  const reply = await changeModel(type);
  busy = false;
  modelResult = ({ t }) =>
    reply.ok
      ? t(type === 'update-model' ? 'options_updated' : 'options_reverted', [reply.version])
      : t('options_model_failed', [reasonText(reply, t)]);
  await refresh();
}

async function importSettings(file: File): Promise<void> {
  const read = readSettings(await file.text());
  if ('settings' in read) {
    importResult = ({ t }) => t('options_imported');
    await changeSettings(read.settings);
  } else {
    const { field, value } = read;
    importResult = ({ t }) =>
      field === null ? t('options_import_json', [value]) : t('options_import_failed', [fieldName(field, t), field, value]);
  }
  await refresh();
}

const FIELD_NAMES: Readonly<Record<string, MessageKey | undefined>> = {
  actions: 'options_glance',
  glanceSites: 'options_glance_sites',
  keepLearning: 'options_browsing',
  anyPicture: 'options_any_picture',
  disabledSites: 'options_sites',
  dwellMs: 'options_dwell',
  enabled: 'options_field_enabled',
  knownRecall: 'options_strictness',
  language: 'options_language',
  linkedSites: 'options_linked_sites',
  linkedVideos: 'options_linked_fetch',
  opensCard: 'options_opens_card',
  remoteServer: 'options_remote',
  server: 'options_server_address',
  syncChannels: 'options_sync',
  settings: 'options_field_settings',
  unlinkedSites: 'options_unlinked_sites',
  version: 'options_field_version',
};

function fieldName(field: string, t: Page['t']): string {
  const key = FIELD_NAMES[field];
  return key === undefined ? field : t(key);
}

async function refresh(): Promise<void> {
  status = await askStatus();
  const model = modelOf(status);
  trained = trainedNames('metadata' in model ? model.metadata.channels : []);
  await known.refresh(); // another model may know others, and renders the page
}

onChange(anyPicture, ({ checked }) => void changeSettings({ anyPicture: checked }));
onChange(opensCard, ({ checked }) => void changeSettings({ opensCard: checked }));
onChange(dwell, ({ valueAsNumber }) => {
  const wanted = Number.isFinite(valueAsNumber) ? Math.round(valueAsNumber) : (page?.settings.dwellMs ?? 0);
  void changeSettings({ dwellMs: Math.min(MAX_DWELL_MS, Math.max(0, wanted)) }).then(rerender);
});
onChange(language, ({ value }) => void changeSettings({ language: value as Settings['language'] }));
onChange(linked, ({ value }) => void changeSettings({ linkedVideos: value as Settings['linkedVideos'] }));
onChange(server, () => void storeServer());
onChange(remote, ({ checked }) => void storeRemote(checked));
onPress(update, () => takeModel('update-model'));
onPress(revert, () => takeModel('revert-model'));
onPress(byId('clear', HTMLElement), async () => {
  await clearCache();
  modelResult = ({ t }) => t('options_cleared');
  rerender();
});
onPress(byId('export', HTMLElement), () => {
  if (page !== null) {
    saveFile(FILE_NAME, writeSettings(page.settings));
  }
});
onPress(byId('import', HTMLElement), () => importFile.click());
onChange(importFile, ({ files }) => {
  const file = files?.[0];
  if (file !== undefined) {
    void importSettings(file).then(() => {
      importFile.value = ''; // the same file may be chosen again
    });
  }
});

await openPage(render);
await refresh();
