/**
 * Two thousand hovers on four hundred thumbnails, and whole pages at a glance, with bounds on speed, memory and mistakes:
 * `npm run soak`.
 *
 * Prints a table; exits with 1 where a bound is missed. SOAK_TIMES=warn only warns of the bounds on time, for machines
 * that have other things to do. Names of browsers may follow; without one it is Chromium, which can be looked into.
 */
import { DEFAULT_SETTINGS } from '../../extension/src/shared/settings.ts';
import { BROWSERS, type BrowserName } from './browser.ts';
import { type GlancePlan, type GlanceResult, glanceSoak } from './glance-soaking.ts';
import { total } from './memory.ts';
import { soak, type Plan, type Result } from './soaking.ts';

const PLAN: Plan = { pictures: 400, hovers: 2000, settled: 200, forgetEvery: 3 };
const GLANCE_PLAN: GlancePlan = { scrolled: 10_000, pages: 200, settled: 20 };
const MB = 1024 * 1024;

interface Row {
  what: string;
  value: number;
  unit: string;
  /** The largest value that passes; null where the figure is only told. */
  bound: number | null;
  /** Whether it depends on what else the machine does. */
  timing: boolean;
}

function rows({ samples, faults, longTasks, memory }: Result): Row[] {
  const times = (cached: boolean) =>
    samples.filter((sample) => sample.cached === cached).map(({ ms }) => ms - DEFAULT_SETTINGS.dwellMs);
  const time = (what: string, value: number, bound: number | null): Row => ({ what, value, unit: 'ms', bound, timing: true });
  const [warm, cached] = [times(false), times(true)];
  return [
    time('made anew, median after the dwell', quantile(warm, 0.5), 40),
    time('made anew, 95th percentile', quantile(warm, 0.95), null),
    time('answered before, median after the dwell', quantile(cached, 0.5), 10),
    time('answered before, 95th percentile', quantile(cached, 0.95), null),
    time('longest task of the page', Math.max(0, ...longTasks), 50),
    { what: 'missed or wrong', value: faults.length, unit: '', bound: 0, timing: false },
    ...(memory === null ? [] : memoryRows(memory.map(total) as [number, number])),
  ];
}

function memoryRows([before, after]: [number, number]): Row[] {
  return [
    { what: 'memory at the end', value: after / MB, unit: 'MB', bound: null, timing: false },
    { what: 'growth of memory', value: (after - before) / MB, unit: 'MB', bound: 40, timing: false },
  ];
}

function glanceRows({ dropped, looked, longTasks, memory }: GlanceResult): Row[] {
  const [before, after] = memory?.map(total) ?? [1, 1];
  return [
    { what: 'thumbnails that stayed in view for 1 s', value: looked, unit: '', bound: null, timing: false },
    { what: 'of those without their mark', value: dropped.length, unit: '', bound: 0, timing: true },
    { what: 'longest task of the page', value: Math.max(0, ...longTasks), unit: 'ms', bound: 50, timing: true },
    ...(memory === null ? [] : [{ what: 'memory at the end by that before', value: after! / before!, unit: '', bound: 1.1, timing: false }]),
  ];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Print a row; false where it misses its bound. */
function print({ what, value, unit, bound, timing }: Row): boolean {
  const missed = bound !== null && !(value <= bound);
  const excused = missed && timing && process.env['SOAK_TIMES'] === 'warn';
  const verdict = bound === null ? '' : `<= ${bound} ${missed ? (excused ? 'MISSED, only a warning' : 'MISSED') : 'ok'}`;
  const figure = `${Number.isInteger(value) ? value : value.toFixed(unit === '' ? 2 : 1)} ${unit}`;
  process.stdout.write(`${what.padEnd(42)}${figure.padStart(10)}   ${verdict}\n`);
  return !missed || excused;
}

async function main(): Promise<void> {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !BROWSERS.includes(name as BrowserName));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${BROWSERS.join(', ')}`);
  for (const browser of (named.length > 0 ? named : ['chromium']) as BrowserName[]) {
    const result = await soak(browser, PLAN);
    process.stdout.write(`\n${browser}: ${PLAN.hovers} hovers, ${result.samples.filter(({ cached }) => !cached).length} made anew\n`);
    for (const fault of result.faults.slice(0, 10)) process.stdout.write(`${fault}\n`);
    if (!rows(result).map(print).every(Boolean)) process.exitCode = 1;
    const glance = await glanceSoak(browser, GLANCE_PLAN);
    process.stdout.write(`\n${browser}: ${GLANCE_PLAN.scrolled} px and ${GLANCE_PLAN.pages} pages at a glance\n`);
    for (const fault of glance.dropped.slice(0, 10)) process.stdout.write(`${fault}\n`);
    if (!glanceRows(glance).map(print).every(Boolean)) process.exitCode = 1;
  }
}

void main();
