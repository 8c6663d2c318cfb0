import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { SettingsCache } from '../../../extension/src/background/settings-cache.ts';
import {
  DEFAULT_SETTINGS,
  isLoopback,
  parseServer,
  parseSettings,
  SETTINGS_VERSION,
  type Settings,
  SettingsError,
  storedSettings,
} from '../../../extension/src/shared/settings.ts';

const CHOSEN: Settings = {
  version: SETTINGS_VERSION,
  enabled: false,
  disabledSites: ['a.example', 'www.example.org:8080'],
  knownRecall: 0.95,
  server: 'http://127.0.0.1:8765',
  remoteServer: false,
  anyPicture: true,
  dwellMs: 200,
  language: 'fr',
  opensCard: false,
  linkedVideos: 'always',
  linkedSites: ['search.example'],
  unlinkedSites: ['front.example'],
  glanceSites: ['www.youtube.com'],
  actions: { channels: { fireship: 'hide' }, known: 'mark', lookalike: 'blur', none: 'dim' },
  keepLearning: true,
  syncChannels: true,
};

test('settings survive being written and read', () => {
  for (const settings of [CHOSEN, DEFAULT_SETTINGS]) {
    assert.deepEqual(parseSettings(JSON.parse(JSON.stringify(settings))), settings);
    assert.deepEqual(storedSettings(JSON.parse(JSON.stringify(settings))), settings);
  }
});

test('what is missing is as by default, what is foreign is left out', () => {
  assert.deepEqual(parseSettings({ version: 1 }), DEFAULT_SETTINGS);
  assert.deepEqual(parseSettings({ version: 1, enabled: false, colour: 'red' }), { ...DEFAULT_SETTINGS, enabled: false });
});

test('reads settings without a version, which had seconds', () => {
  assert.deepEqual(parseSettings({}), DEFAULT_SETTINGS);
  assert.deepEqual(parseSettings({ dwell: 0.25, language: 'fr' }), { ...DEFAULT_SETTINGS, dwellMs: 250, language: 'fr' });
  assert.throws(() => parseSettings({ dwell: 10 }), { field: 'dwellMs', value: 10_000 });
});

test('sites are each once and in order, and half a millisecond is none', () => {
  const { disabledSites, dwellMs } = parseSettings({ version: 1, disabledSites: ['b.example', 'a.example', 'b.example'], dwellMs: 99.6 });
  assert.deepEqual(disabledSites, ['a.example', 'b.example']);
  assert.equal(dwellMs, 100);
});

const REFUSED: [string, unknown][] = [
  ['settings', null],
  ['settings', 'text'],
  ['settings', []],
  ['opensCard', { version: 1, opensCard: 'no' }],
  ['linkedVideos', { version: 1, linkedVideos: 'yes' }],
  ['linkedSites', { version: 1, linkedSites: ['a.example/b'] }],
  ['unlinkedSites', { version: 1, unlinkedSites: 'a.example' }],
  ['glanceSites', { version: 1, glanceSites: [1] }],
  ['actions', { version: 1, actions: { channels: {}, known: 'mark', lookalike: 'mark' } }],
  ['actions', { version: 1, actions: { channels: { a: 'burn' }, known: 'mark', lookalike: 'mark', none: 'mark' } }],
  ['actions', { version: 1, actions: { channels: [], known: 'mark', lookalike: 'mark', none: 'mark' } }],
  ['version', { version: 2 }],
  ['version', { version: -1 }],
  ['version', { version: 0.5 }],
  ['version', { version: '1' }],
  ['enabled', { enabled: 'yes' }],
  ['enabled', { enabled: null }],
  ['remoteServer', { remoteServer: 1 }],
  ['anyPicture', { anyPicture: 'all' }],
  ['knownRecall', { knownRecall: '0.9' }],
  ['knownRecall', { knownRecall: 1.01 }],
  ['knownRecall', { knownRecall: -0.1 }],
  ['knownRecall', { knownRecall: NaN }],
  ['dwellMs', { dwellMs: -1 }],
  ['dwellMs', { dwellMs: 2001 }],
  ['dwellMs', { dwellMs: null }],
  ['language', { language: 'de' }],
  ['language', { language: null }],
  ['disabledSites', { disabledSites: 'a.example' }],
  ['disabledSites', { disabledSites: [1] }],
  ['disabledSites', { disabledSites: [''] }],
  ['disabledSites', { disabledSites: ['https://a.example'] }],
  ['disabledSites', { disabledSites: ['a.example/x'] }],
  ['disabledSites', { disabledSites: ['A.example'] }],
  ['disabledSites', { disabledSites: ['me@a.example'] }],
  ['disabledSites', { disabledSites: Array.from({ length: 1001 }, (_, i) => `${i}.example`) }],
  ['server', { server: null }],
  ['server', { server: 'localhost:8765' }],
  ['server', { server: 'http://192.168.1.2:8765' }],
];

for (const [field, value] of REFUSED) {
  test(`refuses ${inspect(value).slice(0, 60)} for its ${field}`, (context) => {
    assert.throws(() => parseSettings(value), (error) => {
      assert.ok(error instanceof SettingsError);
      assert.equal(error.field, field);
      return true;
    });
    const warn = context.mock.method(console, 'warn', () => undefined);
    assert.deepEqual(storedSettings(value), DEFAULT_SETTINGS);
    assert.equal(warn.mock.callCount(), 1);
  });
}

test('a store without settings is no trouble', (context) => {
  const warn = context.mock.method(console, 'warn', () => undefined);
  assert.deepEqual(storedSettings(undefined), DEFAULT_SETTINGS);
  assert.equal(warn.mock.callCount(), 0);
});

test('a server is the origin of its address', () => {
  for (const [value, origin] of [
    ['', ''],
    ['http://127.0.0.1:8765', 'http://127.0.0.1:8765'],
    ['http://127.0.0.1:8765/report?x#y', 'http://127.0.0.1:8765'],
    ['HTTP://LOCALHOST:80/', 'http://localhost'],
    ['https://[::1]:8765', 'https://[::1]:8765'],
  ]) {
    assert.equal(parseServer(value, false), origin);
  }
});

test('a server elsewhere must be allowed', () => {
  for (const value of ['http://server.example', 'https://10.0.0.1:8765', 'http://127.0.0.1.example', 'http://localhost.example']) {
    assert.throws(() => parseServer(value, false), { name: 'SettingsError', field: 'server' });
    assert.equal(parseServer(value, true), value);
  }
});

test('a server is reached over HTTP, without a password', () => {
  for (const value of ['ftp://127.0.0.1', 'javascript:alert(1)', 'file:///etc/passwd', 'http://me:secret@127.0.0.1', 'http://me@127.0.0.1', 'nonsense', ' ', 8765]) {
    assert.throws(() => parseServer(value, true), { name: 'SettingsError', field: 'server' });
  }
});

test('loopback is this machine and nothing that looks like it', () => {
  for (const host of ['localhost', '127.0.0.1', '127.255.0.3', '[::1]']) {
    assert.equal(isLoopback(host), true, host);
  }
  for (const host of ['', '::1', '0.0.0.0', '127.0.0.1.example', 'localhost.example', '128.0.0.1', '1127.0.0.1', '[::2]']) {
    assert.equal(isLoopback(host), false, host);
  }
});

test('the settings are read once, and follow the store', async () => {
  let loads = 0;
  const cache = new SettingsCache(() => Promise.resolve(loads++ === 0 ? CHOSEN : DEFAULT_SETTINGS));
  assert.deepEqual(await cache.get(), CHOSEN);
  assert.deepEqual(await cache.get(), CHOSEN);
  assert.equal(loads, 1);
  cache.follow({ ...CHOSEN, knownRecall: 0.5 });
  assert.equal((await cache.get()).knownRecall, 0.5);
  cache.follow(DEFAULT_SETTINGS);
  assert.deepEqual(await cache.get(), DEFAULT_SETTINGS);
});

test('a change while the store is read is not lost', async () => {
  let loaded: (settings: Settings) => void = () => undefined;
  const cache = new SettingsCache(() => new Promise((resolve) => (loaded = resolve)));
  const reading = cache.get();
  cache.follow({ ...CHOSEN, dwellMs: 5 });
  loaded(CHOSEN);
  assert.equal((await reading).dwellMs, 5);
});
