/** The options of the command, as main.ts describes them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BROWSERS, type BrowserName } from '../../tests/e2e/browser.ts';
import { ROOT } from '../../tests/e2e/fixtures.ts';
import { SHORT, WHOLE, type Plan } from './plan.ts';

export interface Options {
  model: string;
  full: string;
  out: string;
  from: string;
  work: string;
  browsers: BrowserName[];
  short: boolean;
  inferenceOnly: boolean;
  plan: Plan;
}

/** What is wrong with the command. */
export class UsageError extends Error {}

/** npm runs scripts in the package's folder, and notes where it was called. */
function path(given: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', given);
}

/** Read the command's options; throws a UsageError. */
export function readOptions(): Options {
  const names = ['model', 'full', 'out', 'from', 'work', 'browsers', 'pictures'] as const;
  const texts = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options: { ...texts, short: { type: 'boolean' }, inference: { type: 'boolean' } } });
  const given = values as Partial<Record<(typeof names)[number], string>> & { short?: boolean; inference?: boolean };
  const work = path(given.work ?? join(ROOT, 'build/bench/browser'));
  const plan = given.short ? SHORT : WHOLE;
  const pictures = Number(given.pictures ?? plan.pictures);
  if (!(pictures >= 1)) throw new UsageError(`--pictures ${given.pictures ?? ''}: not a number of pictures`);
  return {
    model: modelFolder('--model', given.model),
    full: modelFolder('--full', given.full ?? join(work, 'full')),
    out: path(given.out ?? join(ROOT, 'build/bench/browser.json')),
    from: path(given.from ?? join(work, 'pictures')),
    work,
    browsers: browserNames(given.browsers ?? BROWSERS.join(',')),
    short: given.short === true,
    inferenceOnly: given.inference === true,
    plan: { ...plan, pictures, hovers: Math.min(plan.hovers, pictures) },
  };
}

function modelFolder(option: string, given: string | undefined): string {
  const folder = given === undefined ? null : path(given);
  if (folder === null || !existsSync(join(folder, 'metadata.json'))) {
    throw new UsageError(`${option} ${given ?? ''}: no converted model; bench/browser/prepare.py and python -m converter make them`);
  }
  return folder;
}

function browserNames(given: string): BrowserName[] {
  return given.split(',').map((name) => {
    const known = BROWSERS.find((browser) => browser === name);
    if (known === undefined) throw new UsageError(`--browsers: ${name} is none of ${BROWSERS.join(', ')}`);
    return known;
  });
}
