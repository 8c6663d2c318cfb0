/** What the extension may do: the manifest against the code that relies on it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { parseThumbnailUrl } from '../../../extension/src/shared/thumbnails.ts';

const ROOM = new URL('../../../extension/', import.meta.url);

function read(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(name, ROOM), 'utf8')) as Record<string, unknown>;
}

const manifest = read('manifest.json');

test('the extension may reach the servers of thumbnails and no other', () => {
  const hosts = manifest['host_permissions'] as string[];
  assert.equal(hosts.length, 11);
  for (const pattern of hosts) {
    assert.match(pattern, /^https:\/\/[^*]+\/\*$/);
    assert.notEqual(parseThumbnailUrl(pattern.replace('*', 'vi/dQw4w9WgXcQ/default.jpg')), null, pattern);
  }
});

test('the extension asks for nothing else but a store, until the person allows more', () => {
  // activeTab: the popup may know which site it was opened on.
  assert.deepEqual(manifest['permissions'], ['activeTab', 'storage']);
  assert.equal(manifest['optional_permissions'], undefined);
  // Pictures of other sites: each host is asked for in a click of its own.
  assert.deepEqual(manifest['optional_host_permissions'], ['https://*/*', 'http://*/*']);
  assert.equal(manifest['web_accessible_resources'], undefined);
  assert.deepEqual(manifest['content_security_policy'], {
    extension_pages: "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'",
  });
});

test('frames without an address are watched as the page around them is', () => {
  const [script] = manifest['content_scripts'] as Record<string, unknown>[];
  assert.ok(script);
  const { all_frames: frames, match_about_blank: blank, match_origin_as_fallback: fallback } = script;
  assert.deepEqual([frames, blank, fallback], [true, true, true]);
});

test('every page of the manifest is built', () => {
  const { default_popup: popup } = manifest['action'] as { default_popup: string };
  const { page: options } = manifest['options_ui'] as { page: string };
  for (const page of [popup, options]) {
    assert.ok(existsSync(new URL(page.replace('build/', 'src/ui/'), ROOM)), page);
  }
});

test('both browsers start the same background', () => {
  const background = manifest['background'] as { service_worker: string; scripts: string[]; type: string };
  assert.deepEqual(background.scripts, [background.service_worker]);
  assert.equal(background.type, 'module');
});

test('the commands are those that the background carries out', () => {
  const source = readFileSync(new URL('src/background/main.ts', ROOM), 'utf8');
  const commands = Object.keys(manifest['commands'] as object);
  assert.deepEqual(commands, ['toggle', 'classify', 'glance']);
  for (const command of commands) {
    assert.match(source, new RegExp(`^  ${command}: \\(\\) =>`, 'm'));
  }
});

test('the icons have the sizes that the manifest says', () => {
  for (const [size, path] of Object.entries(manifest['icons'] as Record<string, string>)) {
    const png = readFileSync(new URL(path, ROOM));
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [Number(size), Number(size)], path);
  }
});

test('one version everywhere', () => {
  assert.equal(read('package.json')['version'], manifest['version']);
});
