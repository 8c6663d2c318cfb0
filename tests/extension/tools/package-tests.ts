/** The archives for the stores: `make package`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { crc32, inflateRawSync } from 'node:zlib';

import { tinyModel } from '../support/tiny-model.ts';

const EXTENSION = join(import.meta.dirname, '../../../extension');
const { version } = JSON.parse(readFileSync(join(EXTENSION, 'manifest.json'), 'utf8')) as { version: string };
const NAMES = ['chrome', 'firefox'].map((browser) => `thumbprint-${browser}-${version}.zip`);

let folder = '';
let model = '';
let stdout = '';

function pack(target: string): string {
  const args = ['build.mjs', '--zip', join(folder, target), '--model', model];
  const { status, stderr, stdout } = spawnSync(process.execPath, args, { cwd: EXTENSION, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'thumbprint-package-'));
  model = join(folder, 'model');
  mkdirSync(model);
  for (const [name, bytes] of tinyModel()) {
    writeFileSync(join(model, name), bytes);
  }
  stdout = pack('first');
});

after(() => {
  rmSync(folder, { recursive: true });
});

/** Reads an archive by its directory, as an unpacker does, and checks every sum. */
function unpack(path: string): Map<string, Buffer> {
  const archive = readFileSync(path);
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = archive.readUInt32LE(end + 16);
  const files = new Map<string, Buffer>();
  while (archive.readUInt32LE(at) === 0x02014b50) {
    const [sum, packed, size] = [16, 20, 24].map((offset) => archive.readUInt32LE(at + offset));
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = inflateRawSync(archive.subarray(start, start + packed!));
    assert.deepEqual([bytes.length, crc32(bytes)], [size, sum], name);
    assert.equal(archive.toString('utf8', local + 30, local + 30 + nameLength), name);
    files.set(name, bytes);
    at += 46 + nameLength;
  }
  assert.equal(files.size, archive.readUInt16LE(end + 10));
  return files;
}

function unpacked(index: number): Map<string, Buffer> {
  return unpack(join(folder, 'first', NAMES[index]!));
}

function manifestOf(index: number): Record<string, unknown> {
  return JSON.parse(unpacked(index).get('manifest.json')!.toString('utf8')) as Record<string, unknown>;
}

test('the same sources give the same bytes', () => {
  pack('second');
  assert.deepEqual(readdirSync(join(folder, 'second')).sort(), NAMES);
  for (const name of NAMES) {
    assert.ok(readFileSync(join(folder, 'first', name)).equals(readFileSync(join(folder, 'second', name))), name);
  }
});

/** How many roots a script makes that pages can and cannot look into, and whether it still asks which. */
function roots(content: string): [open: number, closed: number, asks: boolean] {
  const count = (mode: string): number => content.split(new RegExp(`mode: ?"${mode}"`)).length - 1;
  return [count('open'), count('closed'), content.includes('SHADOW_MODE')];
}

test('no page can look into the badge of what ships', () => {
  assert.deepEqual(roots(readFileSync(join(EXTENSION, 'build/content.js'), 'utf8')), [0, 1, false]);
  for (const index of [0, 1]) {
    assert.deepEqual(roots(unpacked(index).get('build/content.js')!.toString('utf8')), [0, 1, false]);
  }
});

test('tests get in by a door of their own, which is not left behind', () => {
  const folderOf = (name: string): string => join(folder, name, 'build/content.js');
  for (const [name, door] of [['door', ['--test-door']], ['none', []]] as const) {
    const args = ['build.mjs', '--package', join(folder, name), ...door];
    assert.equal(spawnSync(process.execPath, args, { cwd: EXTENSION }).status, 0);
  }
  assert.deepEqual(roots(readFileSync(folderOf('door'), 'utf8')), [1, 0, false]);
  assert.deepEqual(roots(readFileSync(folderOf('none'), 'utf8')), [0, 1, false]);
  assert.deepEqual(roots(readFileSync(join(EXTENSION, 'build/content.js'), 'utf8')), [0, 1, false]);
  for (const args of [['--test-door'], ['--test-door', '--zip', join(folder, 'x')], ['--test-door', '--package', join(folder, 'y'), '--zip', join(folder, 'x')]]) {
    const { status, stderr } = spawnSync(process.execPath, ['build.mjs', ...args], { cwd: EXTENSION, encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /^Error: --test-door needs --package, and never goes into an archive/);
  }
});

test('a browser that nobody packages for is refused', () => {
  for (const args of [['--browser', 'netscape', '--package', join(folder, 'x')], ['--browser', 'chrome']]) {
    const { status, stderr } = spawnSync(process.execPath, ['build.mjs', ...args], { cwd: EXTENSION, encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /^Error: --browser \w+: it goes with --package and is one of chrome, firefox\n/);
  }
});

test('an archive holds the whole extension with its model, in order, and says so', () => {
  for (const index of [0, 1]) {
    const names = [...unpacked(index).keys()];
    assert.deepEqual(names, [...names].sort());
    const wanted = ['manifest.json', 'build/background.js', 'build/content.js', 'build/popup.html', 'build/popup.js', 'build/theme.css', '_locales/fr/messages.json', 'icons/icon-128.png'];
    assert.deepEqual(wanted.filter((name) => !names.includes(name)), []);
    assert.deepEqual(names.filter((name) => name.startsWith('model/')).length, readdirSync(model).length);
    assert.ok(names.every((name) => /^(?:manifest\.json$|_locales\/|icons\/|build\/|model\/)/.test(name)));
  }
  assert.match(stdout, /With the model of .*model\.\n$/);
});

test('every file that a page names is in the archive', () => {
  const files = unpacked(0);
  for (const [page, html] of [...files].filter(([name]) => name.endsWith('.html'))) {
    for (const [, path] of html.toString('utf8').matchAll(/(?:src|href)="([^"]+)"/g)) {
      const { pathname } = new URL(path ?? '', `https://x/${page}`);
      assert.ok(files.has(pathname.slice(1)), `${page}: ${path ?? ''}`);
    }
  }
});

test('each browser gets only the keys that it knows', () => {
  const [chrome, firefox] = [manifestOf(0), manifestOf(1)];
  assert.deepEqual(chrome['background'], { type: 'module', service_worker: 'build/background.js' });
  assert.deepEqual(firefox['background'], { type: 'module', scripts: ['build/background.js'] });
  assert.equal(chrome['browser_specific_settings'], undefined);
  assert.notEqual(firefox['browser_specific_settings'], undefined);
  assert.equal(firefox['minimum_chrome_version'], undefined);
  assert.notEqual(chrome['minimum_chrome_version'], undefined);
  const common = ({ background, browser_specific_settings, minimum_chrome_version, ...rest }: Record<string, unknown>): unknown => [rest, typeof background, browser_specific_settings !== minimum_chrome_version];
  assert.deepEqual(common(chrome), common(firefox));
});
