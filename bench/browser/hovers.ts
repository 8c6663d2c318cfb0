/** From the pointer to the badge: the extension with our model beside the extension with the full network, in turn. */
import { DEFAULT_SETTINGS } from '../../extension/src/shared/settings.ts';
import type { BrowserName } from '../../tests/e2e/browser.ts';
import { Hovering, type Setting } from './hovering.ts';
import { ratio, spreadOf, type Spread } from './statistics.ts';

export const MODELS = ['ours', 'full'] as const;
export type ModelName = (typeof MODELS)[number];

/** A package of the extension with each model. */
export type Packages = Readonly<Record<ModelName, string>>;

/** From `pointerover` to the badge with the answer, ms. The pointer must rest for `dwell_ms` first. */
export interface Hovers {
  dwell_ms: number;
  /** The dwell with it. */
  whole: Record<ModelName, Spread>;
  /** What is left without it: fetching, decoding, scaling, inference, messages, drawing. */
  after_dwell: Record<ModelName, Spread>;
  /** Ours by the full network's. */
  ratios: { whole: number; after_dwell: number };
}

const FULL_EVERY = 3;

type Times = Record<ModelName, number[]>;

/** The background runs and its model is loaded; every thumbnail is new. */
export async function benchWarm(
  browser: BrowserName,
  packages: Packages,
  pictures: readonly string[],
  { hovers, warmUp }: { hovers: number; warmUp: number },
): Promise<Hovers> {
  const count = hovers + warmUp + 1;
  const times = await inTurn(packages, (extension) => Hovering.openWarm(browser, { extension, pictures, count }), {
    turns: hovers + warmUp,
    act: (hovering) => hovering.next(),
  });
  return summary({ ours: times.ours.slice(warmUp), full: times.full.slice(warmUp) });
}

/** The browser has ended the background; the model was loaded before, in an earlier life. */
export async function benchStopped(
  browser: BrowserName,
  packages: Packages,
  pictures: readonly string[],
  stops: number,
): Promise<Hovers> {
  const setting = (extension: string): Setting => ({ extension, pictures, count: stops + 1 });
  const times = await inTurn(packages, (extension) => Hovering.openCold(browser, setting(extension)), {
    turns: stops + 1,
    act: (hovering) => hovering.nextAfterStop(),
  });
  return summary({ ours: times.ours.slice(1), full: times.full.slice(1) });
}

/**
 * A new browser each time, the extension just installed, its background not running: the first answer of all.
 *
 * Starting browsers takes most of the bench's time: the full network has its turn only every third time.
 */
export async function benchStarts(
  browser: BrowserName,
  packages: Packages,
  pictures: readonly string[],
  starts: number,
): Promise<Hovers> {
  const times: Times = { ours: [], full: [] };
  for (let turn = 0; turn < starts; turn++) {
    for (const model of turn % FULL_EVERY === 0 ? order(turn) : (['ours'] as const)) {
      const hovering = await Hovering.openCold(browser, { extension: packages[model], pictures, count: 1 });
      try {
        times[model].push(await hovering.next());
      } finally {
        await hovering.close();
      }
    }
  }
  return summary(times);
}

/** Two browsers at once, of which only one has something to do. */
async function inTurn(
  packages: Packages,
  open: (extension: string) => Promise<Hovering>,
  { turns, act }: { turns: number; act: (hovering: Hovering) => Promise<number> },
): Promise<Times> {
  const times: Times = { ours: [], full: [] };
  const ours = await open(packages.ours);
  try {
    const full = await open(packages.full);
    try {
      for (let turn = 0; turn < turns; turn++) {
        for (const model of order(turn)) times[model].push(await act({ ours, full }[model]));
      }
      return times;
    } finally {
      await full.close();
    }
  } finally {
    await ours.close();
  }
}

/** Who comes first changes from turn to turn. */
function order(turn: number): readonly ModelName[] {
  return turn % 2 === 0 ? MODELS : MODELS.toReversed();
}

function summary(times: Times): Hovers {
  const { dwellMs } = DEFAULT_SETTINGS;
  const spreads = (less: number): Record<ModelName, Spread> => ({
    ours: spreadOf(times.ours.map((ms) => ms - less)),
    full: spreadOf(times.full.map((ms) => ms - less)),
  });
  const [whole, after] = [spreads(0), spreads(dwellMs)];
  const ratios = { whole: ratio(whole.ours, whole.full), after_dwell: ratio(after.ours, after.full) };
  return { dwell_ms: dwellMs, whole, after_dwell: after, ratios };
}
