/** The window of the extension's icon: switches, the model, a picture to try, the last answers. */

import type { Metadata } from '../model/metadata.ts';
import { activeAddress, activeIconText, askActiveTab, askToRead, extensionUrl, mayRead, messageActiveTab, openTab } from '../shared/browser.ts';
import { make } from '../shared/dom.ts';
import { type HistoryEntry, isObject, messageOf, type Status } from '../shared/messages.ts';
import { percentOfChannel } from '../shared/percentages.ts';
import { changeSettings } from '../shared/settings-store.ts';
import { siteOf, withSite } from '../shared/sites.ts';
import { askHistory, askStatus } from './background-client.ts';
import { byId, hostRow, onChange, onPress } from './dom.ts';
import { ImageTester } from './image-tester.ts';
import { KnownChannels } from './known-channels.ts';
import { openPage, type Page, rerender } from './page.ts';
import { ago, modelFacts, modelOf, namesText, shortName, verdict } from './text.ts';

const enabled = byId('enabled', HTMLInputElement);
const siteEnabled = byId('site-enabled', HTMLInputElement);
const glance = byId('glance', HTMLInputElement);
const imageTester = new ImageTester(() => void refresh());
const known = new KnownChannels();

const COUNT_MS = 500; // from look to look at how many thumbnails are marked

let page: Page | null = null;
let site: string | null = null;
let status: Status | null = null;
let history: readonly HistoryEntry[] | null = null;
/** The channel of whose page the tab in front is; null on any other page. */
let channelName: string | null = null;

function render(opened: Page): void {
  page = opened;
  const { settings, t } = opened;
  enabled.checked = settings.enabled;
  byId('state', HTMLElement).textContent = t(settings.enabled ? 'popup_on' : 'popup_off');
  renderSite(opened);
  void renderGlance(opened);
  renderLearn(opened);
  imageTester.render(opened);
  const report = byId('report', HTMLAnchorElement);
  report.hidden = settings.server === '';
  report.href = `${settings.server}/report`;
  renderServer(opened);
  renderModel(opened);
  renderHistory(opened);
  void renderWanted(opened);
}

function renderSite({ settings, t }: Page): void {
  byId('site-section', HTMLElement).hidden = site === null;
  if (site !== null) {
    siteEnabled.checked = !settings.disabledSites.includes(site);
    siteEnabled.disabled = !settings.enabled;
    byId('site', HTMLElement).textContent = t(siteEnabled.checked ? 'popup_site_on' : 'popup_site_off', [site]);
  }
}

/** How many thumbnails are marked is what the icon says. */
async function renderGlance({ settings, t }: Page): Promise<void> {
  byId('glance-section', HTMLElement).hidden = site === null;
  if (site !== null) {
    glance.checked = settings.glanceSites.includes(site);
    glance.disabled = !settings.enabled || settings.disabledSites.includes(site);
    byId('glance-site', HTMLElement).textContent = t('popup_glance', [site]);
    byId('glance-state', HTMLElement).hidden = !glance.checked || glance.disabled;
    const count = await activeIconText();
    byId('glance-count', HTMLElement).textContent = t('popup_glance_count', [count === '' ? '0' : count]);
  }
}

/** The same as the button beside *Subscribe*, which finds no place in every layout of YouTube's. */
function renderLearn({ settings, t }: Page): void {
  const isOn = settings.enabled && site !== null && !settings.disabledSites.includes(site);
  byId('learn-section', HTMLElement).hidden = channelName === null || !isOn;
  byId('learn', HTMLElement).textContent = t('popup_learn', [channelName ?? '']);
}

/** Asks the page in front which channel it is of. */
async function askChannel(): Promise<string | null> {
  if (site === null || !/^(?:www|m)\.youtube\.com$/.test(site)) {
    return null;
  }
  try {
    const reply = await askActiveTab({ type: 'learn-which' });
    const channel = isObject(reply) ? reply['channel'] : null;
    return isObject(channel) && typeof channel['name'] === 'string' ? channel['name'] : null;
  } catch (error) {
    console.warn(`Thumbprint: the page did not say which channel it is of: ${messageOf(error)}`);
    return null;
  }
}

function renderServer({ t }: Page): void {
  const lamp = byId('server', HTMLElement);
  lamp.dataset['state'] = status?.server ?? 'none';
  lamp.textContent = status === null ? '' : t(`popup_server_${status.server}`);
}

function renderModel(words: Page): void {
  if (status === null) {
    return;
  }
  const model = modelOf(status);
  const problem = byId('model-problem', HTMLElement);
  problem.hidden = 'metadata' in model;
  byId('demo', HTMLElement).hidden = !('metadata' in model && model.metadata.demo);
  byId('channels', HTMLElement).textContent = '';
  byId('facts', HTMLElement).replaceChildren();
  if (!('metadata' in model)) {
    problem.textContent = verdict(model, words).text;
    return;
  }
  const { metadata, facts } = model;
  renderChannels(metadata, words);
  const rows = modelFacts(metadata, facts, words).flatMap(([label, value]) => [make('dt', '', label), make('dd', '', value)]);
  byId('facts', HTMLElement).replaceChildren(...rows);
}

/** What is known, from the training and from here. */
function renderChannels({ channels }: Metadata, words: Page): void {
  const names = known.reply?.ok === true ? known.reply.channels.map(({ name }) => name) : channels.map(({ displayName }) => displayName);
  const isAsked = known.reply === null && channels.length === 0;
  const none = isAsked ? '' : words.t('reason_no_channels');
  byId('channels', HTMLElement).textContent = names.length === 0 ? none : namesText(names, words);
}

function renderHistory(words: Page): void {
  if (history !== null) {
    byId('history', HTMLElement).replaceChildren(...history.map((entry) => historyRow(entry, words)));
    byId('history-empty', HTMLElement).hidden = history.length > 0;
  }
}

function historyRow({ what, time, reply }: HistoryEntry, words: Page): HTMLElement {
  const { state } = verdict(reply, words);
  const known = reply.ok && reply.known;
  const name = make('span', 'name', known ? reply.channel.displayName : verdict(reply, words).text);
  name.dataset['state'] = state;
  const share = make('span', 'share', known ? percentOfChannel(reply, words.language) : '');
  const when = make('time', '', ago(time, Date.now(), words.language));
  when.dateTime = new Date(time).toISOString();
  const row = make('li', '', name, share, when);
  row.title = shortName(what);
  if (!what.startsWith('https://')) {
    return row;
  }
  const link = make('a', '', ...row.childNodes);
  link.href = `why.html?url=${encodeURIComponent(what)}`;
  link.target = '_blank';
  row.append(link);
  return row;
}

/** Hosts that were pointed at and may not be read yet; asking for more must happen in the click itself. */
async function renderWanted({ settings, t }: Page): Promise<void> {
  const hosts = settings.anyPicture ? (status?.wantedHosts ?? []) : [];
  const allowed = await Promise.all(hosts.map((host) => mayRead(`https://${host}`)));
  const rows = hosts.filter((_, index) => allowed[index] === false).map((host) =>
    hostRow(host, t('popup_allow'), t('popup_allow_host', [host]), async () => {
      await askToRead(`https://${host}`);
      await refresh();
    }),
  );
  byId('wanted-section', HTMLElement).hidden = rows.length === 0;
  byId('wanted', HTMLElement).replaceChildren(...rows);
}

async function refresh(): Promise<void> {
  [history, status] = await Promise.all([askHistory(), askStatus(), known.refresh()]);
  rerender();
}

onChange(enabled, ({ checked }) => void changeSettings({ enabled: checked }));
onChange(siteEnabled, ({ checked }) => {
  if (page !== null && site !== null) {
    void changeSettings({ disabledSites: withSite(page.settings.disabledSites, site, !checked) });
  }
});
onChange(glance, ({ checked }) => {
  if (page !== null && site !== null) {
    void changeSettings({ glanceSites: withSite(page.settings.glanceSites, site, checked) });
  }
});
onPress(byId('learn', HTMLElement), async () => {
  await askActiveTab({ type: 'learn-open' });
  close();
});
onPress(byId('show-all', HTMLElement), () => messageActiveTab({ type: 'glance-show-all' }));
setInterval(() => page && void renderGlance(page), COUNT_MS);
onPress(byId('choose', HTMLElement), async () => {
  // Firefox closes the window as soon as the file dialog opens, and the picture with it: there, a tab does it.
  if (extensionUrl('').startsWith('moz-extension:')) {
    await openTab('build/welcome.html');
  } else {
    byId('file', HTMLInputElement).click();
  }
});

site = siteOf(await activeAddress());
await openPage(render);
[channelName] = await Promise.all([askChannel(), refresh()]);
rerender();
