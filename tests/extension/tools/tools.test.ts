/** The command lines of the room: tools/classify.ts and the options of build.mjs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { plain, tinyModel } from '../support/tiny-model.ts';
import './package-tests.ts'; // both build in the extension's place: in turn, in one process

const EXTENSION = join(import.meta.dirname, '../../../extension');

let folder = '';
let model = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'thumbprint-tools-'));
  model = join(folder, 'model');
  mkdirSync(model);
  for (const [name, bytes] of tinyModel({ unknown: true })) {
    writeFileSync(join(model, name), bytes);
  }
});

after(() => {
  rmSync(folder, { recursive: true });
});

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { cwd: EXTENSION, encoding: 'utf8' });
}

function classify(...args: string[]): ReturnType<typeof run> {
  return run('--import', 'tsx', 'tools/classify.ts', ...args);
}

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

test('classify.ts prints the scores of every picture', () => {
  const pixels = write('two.bin', Buffer.concat([plain(90, 0, 0), plain(0, 0, 90)]));
  const { status, stdout, stderr } = classify(model, pixels);
  assert.equal(status, 0, stderr);
  const printed = JSON.parse(stdout) as { backend: string; probabilities: number[][]; unknown: number[]; outputs: unknown };
  assert.equal(printed.backend, 'wasm');
  assert.deepEqual(printed.outputs, { probabilities: 'probabilities', unknown: 'unknown' });
  assert.deepEqual(
    printed.probabilities.map((scores) => scores.map(Math.round)),
    [
      [1, 0],
      [0, 0],
    ],
  );
  assert.deepEqual(printed.unknown.map(Math.round), [0, 1]);
});

test('classify.ts says what is wrong with its input', () => {
  const good = write('one.bin', plain(1, 2, 3));
  const cases: [string[], RegExp][] = [
    [[], /^Error: usage: /],
    [[model, good, 'more'], /^Error: usage: /],
    [[model, join(folder, 'none.bin')], /^Error: .*none\.bin: there is no such file\n/],
    [[model, write('cut.bin', new Uint8Array(17))], /^Error: .*cut\.bin: 17 bytes are not a number of pictures of 18 bytes each\n/],
    [[join(folder, 'none'), good], /^Error: model-missing .*none; convert the run again/],
  ];
  for (const [args, message] of cases) {
    const { status, stdout, stderr } = classify(...args);
    assert.equal(status, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
});

test('build.mjs says what is wrong with its options', () => {
  const cases: [string[], RegExp][] = [
    [['--nonsense'], /^Error: Unknown option '--nonsense'/],
    [['--model', model], /^Error: --model needs --package/],
    [['--package', folder], /^Error: --package .*: the folder is not empty and not a package/],
    [['--package', join(model, 'model.json')], /^Error: --package .*: this is a file/],
    [['--package', '.'], /^Error: --package \.: this is the extension itself/],
    [['--package', join(folder, 'x'), '--model', folder], /^Error: --model .*: there is no metadata\.json/],
  ];
  for (const [args, message] of cases) {
    const { status, stderr } = run('build.mjs', ...args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
  }
});

test('build.mjs writes a whole extension, twice the same', () => {
  const packaged = join(folder, 'packaged');
  const content = (): string[] => {
    const { status, stderr } = run('build.mjs', '--package', packaged, '--model', model);
    assert.equal(status, 0, stderr);
    return ['background.js', 'content.js'].map((name) => readFileSync(join(packaged, 'build', name), 'utf8'));
  };
  const first = content();
  assert.deepEqual(readdirSync(packaged).sort(), ['_locales', 'build', 'icons', 'manifest.json', 'model']);
  assert.deepEqual(readdirSync(join(packaged, 'model')).sort(), readdirSync(model).sort());
  assert.deepEqual(content(), first);
  for (const source of first) {
    assert.doesNotMatch(source, /\beval\(|new Function\(/); // the extension's policy forbids both
  }
});

test('build.mjs leaves the model out unless it is told which', () => {
  const packaged = join(folder, 'empty');
  assert.equal(run('build.mjs', '--package', packaged).status, 0);
  assert.ok(!readdirSync(packaged).includes('model'));
});

/** The page in a folder names files that are there, by relative addresses; its policy forbids code that is inline or made. */
function checkPage(built: string, parts: string): void {
  const page = readFileSync(join(built, 'index.html'), 'utf8');
  const names = readdirSync(join(built, parts));
  const named = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address = '']) => address);
  const ofPage = named.filter((address) => address.startsWith('try/')).map((address) => address.slice(4));
  assert.ok(ofPage.length >= 5);
  const icons = [...readFileSync(join(built, parts, 'app.webmanifest'), 'utf8').matchAll(/"src": "([^"]*)"/g)].map(([, icon = '']) => icon);
  assert.deepEqual([...ofPage, ...icons].filter((name) => !names.includes(name)), []);
  assert.deepEqual(named.filter((address) => /^\/|:/.test(address)), []);
  assert.doesNotMatch(readFileSync(join(built, parts, 'main.js'), 'utf8'), /\beval\(|new Function\(/);
  assert.doesNotMatch(page, /<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
  assert.match(page, /http-equiv="Content-Security-Policy" content="default-src 'none';/);
}

test('build.mjs builds every file that the page to try pictures names, into a folder of its own', () => {
  assert.equal(run('build.mjs').status, 0);
  checkPage(join(EXTENSION, 'build-try'), '.');
});

test('build.mjs writes the page for static hosts with a model and samples, whose names are never markup', () => {
  const [site, samples] = [join(folder, 'site'), join(folder, 'samples')];
  mkdirSync(samples);
  for (const name of ['a_b.jpg', '<i>&".png']) writeFileSync(join(samples, name), 'a picture');
  for (let round = 0; round < 2; round++) {
    assert.equal(run('build.mjs', '--site', site, '--samples', samples, '--model', model).status, 0);
  }
  assert.deepEqual(readdirSync(site).sort(), ['index.html', 'model', 'samples', 'try']);
  assert.deepEqual(readdirSync(join(site, 'model')).sort(), readdirSync(model).sort());
  checkPage(site, 'try');
  const page = readFileSync(join(site, 'index.html'), 'utf8');
  assert.deepEqual([...page.matchAll(/<img src="(samples\/[^"]*)" alt="([^"]*)"/g)].map(([, src, alt]) => [src, alt]), [
    ['samples/%3Ci%3E%26%22.png', '&#60;i&#62;&#38;&#34;'],
    ['samples/a_b.jpg', 'a b'],
  ]);
});

test('build.mjs overwrites no other folder with the page, and says what goes together', () => {
  for (const [args, message] of [
    [['--site', folder, '--model', model], /the folder is not empty and not a site; name another/],
    [['--samples', folder], /--samples goes with --site/],
    [['--site', join(folder, 'new'), '--zip', folder], /--site goes without --package and --zip/],
    [['--site', join(folder, 'new'), '--model', folder], /there is no metadata\.json/],
  ] as const) {
    const { status, stderr } = run('build.mjs', ...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});
