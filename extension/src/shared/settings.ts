/** What a person has chosen; kept in `storage.local`, exported and imported as JSON. No browser in here. */

import { isObject } from './messages.ts';

export const SETTINGS_VERSION = 1;
export const LANGUAGES = ['en', 'fr'] as const;
export const MAX_DWELL_MS = 2000;
const MAX_HOSTS = 1000;
const MAX_CHANNELS = 20_000; // more than any model has

export type Language = (typeof LANGUAGES)[number];

/** What may be done to a thumbnail where the whole page is looked at. */
export const ACTIONS = ['mark', 'dim', 'blur', 'hide', 'nothing'] as const;
export type Action = (typeof ACTIONS)[number];

/** What is done to thumbnails of each channel (by its name in the model), of all others, of look-alikes, and of none. */
export interface Actions {
  readonly channels: Readonly<Record<string, Action>>;
  readonly known: Action;
  readonly lookalike: Action;
  readonly none: Action;
}

/** Whether a thumbnail that a page only names, by a link or through another host, is fetched from YouTube. */
export const LINKED_VIDEOS = ['ask', 'always', 'never'] as const;

export interface Settings {
  readonly version: typeof SETTINGS_VERSION;
  readonly enabled: boolean;
  /** Hosts of pages (`www.example.org`) where the extension stays silent, each once, in order. */
  readonly disabledSites: readonly string[];
  /** The share of the channels' thumbnails to find, 0 to 1; null leaves the model's own threshold. */
  readonly knownRecall: number | null;
  /** Origin of the local server (`http://127.0.0.1:8765`), or '' for none. */
  readonly server: string;
  /** Whether a server that is not on this machine may be named. */
  readonly remoteServer: boolean;
  /** Whether 16:9 pictures of other sites are classified, where the person allowed their host. */
  readonly anyPicture: boolean;
  /** How long the pointer rests before anything is asked, in milliseconds. */
  readonly dwellMs: number;
  readonly language: 'auto' | Language;
  /** Whether the card opens for who stays on a thumbnail; else only by a key. */
  readonly opensCard: boolean;
  readonly linkedVideos: (typeof LINKED_VIDEOS)[number];
  /** Hosts of pages where the answer to that question is yes, and where it is no; each once, in order. */
  readonly linkedSites: readonly string[];
  readonly unlinkedSites: readonly string[];
  /** Hosts of pages of which every thumbnail in view is marked, each once, in order. */
  readonly glanceSites: readonly string[];
  readonly actions: Actions;
  /** Whether thumbnails of own channels that are met on YouTube add to what is known of them. */
  readonly keepLearning: boolean;
  /** Whether the browser may carry the names and handles of own channels to other machines of the person. */
  readonly syncChannels: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  version: SETTINGS_VERSION,
  enabled: true,
  disabledSites: [],
  knownRecall: null,
  server: '',
  remoteServer: false,
  anyPicture: false,
  dwellMs: 80,
  language: 'auto',
  opensCard: true,
  linkedVideos: 'ask',
  linkedSites: [],
  unlinkedSites: [],
  glanceSites: [],
  actions: { channels: {}, known: 'mark', lookalike: 'mark', none: 'mark' },
  keepLearning: false,
  syncChannels: false,
};

/** What is wrong with settings, and where. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly field: string, readonly value: unknown) {
    super(`${field}: ${value === undefined ? 'undefined' : JSON.stringify(value)}`);
  }
}

type Fields = Record<string, unknown>;

/**
 * What turns settings of a version into those of the next, by the version that they come from.
 *
 * Version 0 is that of an object without one: the earliest files had no `dwellMs`, but seconds as `dwell`.
 */
const MIGRATIONS: readonly ((fields: Fields) => Fields)[] = [
  ({ dwell, ...fields }) => ({ ...(typeof dwell === 'number' ? { dwellMs: dwell * 1000 } : {}), ...fields, version: 1 }),
];

/**
 * Reads settings of this version or an older one; what is missing is as by default. Throws a SettingsError that names
 * what is wrong, also for a newer version.
 */
export function parseSettings(value: unknown): Settings {
  const fields = migrate(value);
  const { enabled, knownRecall, remoteServer, anyPicture, dwellMs, language, opensCard, linkedVideos } = fields;
  const { keepLearning, syncChannels } = fields;
  check(typeof enabled === 'boolean', 'enabled', enabled);
  check(typeof remoteServer === 'boolean', 'remoteServer', remoteServer);
  check(typeof anyPicture === 'boolean', 'anyPicture', anyPicture);
  check(knownRecall === null || isBetween(knownRecall, 0, 1), 'knownRecall', knownRecall);
  check(isBetween(dwellMs, 0, MAX_DWELL_MS), 'dwellMs', dwellMs);
  check(language === 'auto' || LANGUAGES.includes(language as Language), 'language', language);
  check(typeof keepLearning === 'boolean', 'keepLearning', keepLearning);
  check(typeof syncChannels === 'boolean', 'syncChannels', syncChannels);
  check(typeof opensCard === 'boolean', 'opensCard', opensCard);
  check(LINKED_VIDEOS.includes(linkedVideos as Settings['linkedVideos']), 'linkedVideos', linkedVideos);
  return {
    version: SETTINGS_VERSION,
    enabled,
    disabledSites: parseSites('disabledSites', fields),
    knownRecall,
    server: parseServer(fields['server'], remoteServer),
    remoteServer,
    anyPicture,
    dwellMs: Math.round(dwellMs),
    language: language as Settings['language'],
    opensCard,
    linkedVideos: linkedVideos as Settings['linkedVideos'],
    linkedSites: parseSites('linkedSites', fields),
    unlinkedSites: parseSites('unlinkedSites', fields),
    glanceSites: parseSites('glanceSites', fields),
    actions: parseActions(fields['actions']),
    keepLearning,
    syncChannels,
  };
}

/** Reads what is stored; what cannot be read is as by default, so that a damaged store does not stop the extension. */
export function storedSettings(value: unknown): Settings {
  if (value === undefined) {
    return DEFAULT_SETTINGS;
  }
  try {
    return parseSettings(value);
  } catch (error) {
    console.warn('Thumbprint: the stored settings cannot be read, the defaults apply:', error);
    return DEFAULT_SETTINGS;
  }
}

function migrate(value: unknown): Fields {
  check(isObject(value), 'settings', value);
  let fields: Fields = value;
  let version = fields['version'] ?? 0;
  check(Number.isInteger(version) && isBetween(version, 0, SETTINGS_VERSION), 'version', version);
  for (; version < SETTINGS_VERSION; version++) {
    fields = MIGRATIONS[version]!(fields);
  }
  return { ...DEFAULT_SETTINGS, ...fields };
}

function parseSites(field: string, { [field]: value }: Fields): string[] {
  check(Array.isArray(value) && value.length <= MAX_HOSTS, field, value);
  const sites = value as unknown[];
  for (const site of sites) {
    check(typeof site === 'string' && isHost(site), field, site);
  }
  return [...new Set(sites as string[])].sort();
}

function parseActions(value: unknown): Actions {
  check(isObject(value) && isObject(value['channels']), 'actions', value);
  const channels = Object.entries(value['channels']);
  check(channels.length <= MAX_CHANNELS, 'actions', channels.length);
  const { known, lookalike, none } = value;
  for (const action of [known, lookalike, none, ...channels.map(([, action]) => action)]) {
    check(ACTIONS.includes(action as Action), 'actions', action);
  }
  return { channels: Object.fromEntries(channels), known, lookalike, none } as Actions;
}

/** A host as `location.host` gives it. */
function isHost(text: string): boolean {
  return URL.canParse(`https://${text}/`) && new URL(`https://${text}/`).host === text;
}

/** Reads the address of a server: its origin, loopback unless another one is allowed. */
export function parseServer(value: unknown, remote: boolean): string {
  if (value === '') {
    return '';
  }
  check(typeof value === 'string' && URL.canParse(value), 'server', value);
  const url = new URL(value);
  check(/^https?:$/.test(url.protocol) && url.username === '' && url.password === '', 'server', value);
  check(remote || isLoopback(url.hostname), 'server', value);
  return url.origin;
}

/** Whether a host is this machine, whatever the network says. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function isBetween(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

function check(condition: boolean, field: string, value: unknown): asserts condition {
  if (!condition) {
    throw new SettingsError(field, value);
  }
}
