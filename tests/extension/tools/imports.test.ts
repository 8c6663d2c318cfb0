/** The rooms of `extension/src`: which may import which, and what each is kept from. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const SRC = fileURLToPath(new URL('../../../extension/src/', import.meta.url));

/** The rooms that a room may import besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[] | undefined>> = {
  background: ['model', 'heatmap', 'shared'],
  content: ['learn', 'heatmap', 'shared'], // the page never sees the model
  ui: ['learn', 'model', 'heatmap', 'shared'],
  learn: ['shared'], // the panel that learns a channel, on a page or on one of our own
  try: ['ui', 'model', 'heatmap', 'shared'],
  model: ['shared'],
  heatmap: ['shared'],
  shared: [],
};

const MOST_MODULES = 10; // in the longest chain of imports

/** The modules that each module imports, by their paths in `src`; types count too. */
type Graph = ReadonlyMap<string, readonly string[]>;

function readGraph(): Graph {
  const modules = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(
    modules.map((name) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(SRC, name), 'utf8'));
      const relative = importedFiles.map(({ fileName }) => fileName).filter((file) => file.startsWith('.'));
      return [name, relative.map((file) => normalize(join(dirname(name), file))).filter((file) => modules.includes(file))];
    }),
  );
}

function roomOf(module: string): string {
  return module.split('/')[0] ?? '';
}

/** Imports that the table forbids, as `from > to`. */
function wrongImports(graph: Graph): string[] {
  return [...graph].flatMap(([from, imports]) =>
    imports
      .filter((to) => roomOf(to) !== roomOf(from) && !ALLOWED[roomOf(from)]?.includes(roomOf(to)))
      .map((to) => `${from} > ${to}`),
  );
}

/** The longest chain of imports that begins at a module. Throws an Error that names a circle. */
function longestChain(graph: Graph, module: string, before: readonly string[] = []): readonly string[] {
  const path = [...before, module];
  assert.ok(!before.includes(module), `a circle: ${path.join(' > ')}`);
  const chains = (graph.get(module) ?? []).map((next) => longestChain(graph, next, path));
  return chains.reduce((longest, chain) => (chain.length > longest.length ? chain : longest), path);
}

function checkChains(graph: Graph): void {
  for (const module of graph.keys()) {
    const chain = longestChain(graph, module);
    assert.ok(chain.length <= MOST_MODULES, `${chain.length} modules: ${chain.join(' > ')}`);
  }
}

/** What can be reached from some modules, themselves included. */
function reach(graph: Graph, from: readonly string[]): ReadonlySet<string> {
  const reached = new Set(from);
  for (const module of reached) {
    graph.get(module)?.forEach((next) => reached.add(next)); // a set goes on with what is added meanwhile
  }
  return reached;
}

function namesChrome(module: string): boolean {
  const names = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && node.text === 'chrome') || (ts.forEachChild(node, (child) => names(child) || undefined) ?? false);
  return names(ts.createSourceFile(module, readFileSync(join(SRC, module), 'utf8'), ts.ScriptTarget.Latest));
}

const GRAPH = readGraph();

function inRooms(...rooms: string[]): string[] {
  return [...GRAPH.keys()].filter((module) => rooms.includes(roomOf(module)));
}

/** The graph with one more import. */
function planted(from: string, to: string): Graph {
  assert.ok(GRAPH.has(from) && GRAPH.has(to), `${from} or ${to} is no module`);
  return new Map([...GRAPH, [from, [...(GRAPH.get(from) ?? []), to]]]);
}

test('no room imports a room that it must not know', () => {
  assert.deepEqual([...new Set([...GRAPH.keys()].map(roomOf))].filter((room) => ALLOWED[room] === undefined), []);
  assert.deepEqual(wrongImports(GRAPH), []);
});

test('a wrong import is noticed, in each direction', () => {
  for (const [from, to] of [
    ['content/session.ts', 'model/metadata.ts'],
    ['content/session.ts', 'background/router.ts'],
    ['background/main.ts', 'ui/text.ts'],
    ['ui/page.ts', 'background/router.ts'],
    ['model/pixels.ts', 'heatmap/heatmap.ts'],
    ['heatmap/parse.ts', 'content/session.ts'],
    ['shared/async.ts', 'model/pixels.ts'],
  ] as const) {
    assert.deepEqual(wrongImports(planted(from, to)), [`${from} > ${to}`]);
  }
});

test('modules import each other in no circle and in no long chain', () => {
  checkChains(GRAPH);
  assert.throws(() => checkChains(planted('shared/messages.ts', 'shared/async.ts')), /a circle: .*shared\/async\.ts/);
  const long = new Map(Array.from({ length: MOST_MODULES }, (_, i) => [`shared/${i}.ts`, [`shared/${i + 1}.ts`]]));
  assert.throws(() => checkChains(long), /11 modules/);
});

test('the background makes no elements', () => {
  assert.ok(!reach(GRAPH, inRooms('background')).has('shared/dom.ts'));
  assert.ok(reach(planted('background/heatmap-service.ts', 'heatmap/draw.ts'), inRooms('background')).has('shared/dom.ts'));
});

test('one file knows the browser’s extension API, and neither the model nor the heatmap needs it', () => {
  assert.deepEqual([...GRAPH.keys()].filter(namesChrome), ['shared/browser.ts']);
  assert.ok(!reach(GRAPH, inRooms('model', 'heatmap')).has('shared/browser.ts'));
});
