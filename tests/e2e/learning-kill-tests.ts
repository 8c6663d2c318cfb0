/** Whatever ends while something is learnt, the background or the whole browser: all of the change is stored, or nothing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'puppeteer-core';
import type { BrowserName } from './browser.ts';
import type { Thumbnail } from './fixtures.ts';
import { askLearning, type Drawn, exportAll, forgetAll, keepRequest, keyOf, knownKeys, RELEASED } from './learning-store.ts';
import { OPTIONS } from './own-page.ts';
import { setStage, type Stage } from './stage.ts';
import { endBackground } from './worker.ts';

const KILLS_TIMEOUT = { timeout: 300_000 };
const CRASHES_TIMEOUT = { timeout: 900_000 };
const SEED = 22;
const LATEST_MS = 500; // after a change was asked for: read, fitted, stored, or long done
const MOMENTS = 20;

/** LEARNING=all is the whole of it: the background at all moments of each change, and the browser itself. */
const IS_WHOLE = process.env['LEARNING'] === 'all';
const TURNS = Array.from({ length: MOMENTS }, (_, i) => i).filter((i) => IS_WHOLE || i % 7 === 0);

const KINDS = ['keep', 'forget', 'import'] as const;
type Kind = (typeof KINDS)[number];

const BEFORE = [keyOf(0)];
const AFTER: Record<Kind, string[]> = { keep: [keyOf(0), keyOf(1)], forget: [], import: [keyOf(0), keyOf(2), keyOf(3)] };

/** A change that was asked for when everything ended, and what was answered; null for nothing. */
interface Asked {
  readonly kind: Kind;
  readonly id: string;
  readonly reply: { readonly ok: boolean } | null;
}

export interface KillProps {
  readonly scene: () => { stage: Stage; page: Page };
  readonly channels: readonly Drawn[];
  readonly thumbnails: readonly Thumbnail[];
}

export function learningKillTests(browser: BrowserName, { scene, channels, thumbnails }: KillProps): void {
  const changes = new Changes(channels);
  for (const kind of KINDS) {
    test(`a background that is ended while it does ${kind}: all of it or nothing`, KILLS_TIMEOUT, async (context) => {
      const { page, stage } = scene();
      let done = 0;
      await changes.prepare(page);
      for (const turn of TURNS) {
        const asked = changes.ask(page, kind, turn);
        await momentOf(turn);
        await endBackground(stage);
        done += Number(await changes.check(page, await asked));
      }
      context.diagnostic(`${done} of ${TURNS.length} were stored`);
    });
  }
  if (IS_WHOLE) {
    test('a browser that is killed while it changes something: all of it or nothing', CRASHES_TIMEOUT, async (context) => {
      context.diagnostic(`${await crash(browser, changes, thumbnails)} of ${MOMENTS} were stored`);
    });
  }
}

/** What is changed, from and to the same state, so that each change shows that the one before has left it usable. */
class Changes {
  #file = '';

  constructor(private readonly channels: readonly Drawn[]) {}

  /** To the state from which every change starts, with a file that holds other channels. */
  async prepare(page: Page): Promise<void> {
    await forgetAll(page);
    if (this.#file === '') {
      for (const channel of [2, 3]) await this.#keep(page, channel, `file-${channel}`);
      this.#file = await exportAll(page);
      await forgetAll(page);
    }
    await this.#keep(page, 0, `first-${Math.random()}`);
  }

  async ask(page: Page, kind: Kind, turn: number): Promise<Asked> {
    const id = `${kind}-${turn}`;
    const reply = await {
      keep: () => askLearning(page, keepRequest(1, this.channels[1]!, id)),
      forget: () => askLearning(page, { type: 'forget-channel', key: keyOf(0) }),
      import: () => askLearning(page, { type: 'import-channels', text: this.#file, apply: '1' }),
    }[kind]();
    return { kind, id, reply };
  }

  /** All of it or nothing is stored, what was answered is, and the next changes lead back to where it started; whether it is. */
  async check(page: Page, { kind, id, reply }: Asked): Promise<boolean> {
    const keys = await knownKeys(page);
    const isDone = keys.join() === AFTER[kind].join();
    assert.ok(isDone || keys.join() === BEFORE.join(), `${id}: ${keys.join()}`);
    assert.ok(isDone || reply?.ok !== true, `${id}: an answer for what was not stored`);
    if (kind === 'keep') await this.#keepAgain(page, id);
    if (kind === 'forget' && isDone) await this.#keep(page, 0, `${id}-back`);
    if (kind === 'import' && isDone) for (const key of [keyOf(2), keyOf(3)]) await forget(page, key);
    assert.deepEqual(await knownKeys(page), BEFORE, `${id}: the next change`);
    return isDone;
  }

  /** The request is asked again, as who heard nothing does: it is done once. */
  async #keepAgain(page: Page, id: string): Promise<void> {
    const again = await askLearning(page, keepRequest(1, this.channels[1]!, id));
    assert.ok(again?.ok, `${id}: ${JSON.stringify(again)}`);
    assert.deepEqual(await knownKeys(page), AFTER.keep, id);
    assert.ok((await askLearning(page, { type: 'learn-undo', change: again.change }))?.ok, `${id}: undo`);
  }

  async #keep(page: Page, channel: number, id: string): Promise<void> {
    const reply = await askLearning(page, keepRequest(channel, this.channels[channel]!, `${id}-${Math.random()}`));
    assert.ok(reply?.ok, `${id}: ${JSON.stringify(reply)}`);
  }
}

async function forget(page: Page, key: string): Promise<void> {
  assert.ok((await askLearning(page, { type: 'forget-channel', key }))?.ok, `forget ${key}`);
}

/** Kills every process of a browser, again and again, and looks at what the next one finds in the same profile; how often all. */
async function crash(browser: BrowserName, changes: Changes, thumbnails: readonly Thumbnail[]): Promise<number> {
  const profile = mkdtempSync(join(tmpdir(), 'thumbprint-crash-'));
  try {
    let asked: Asked | null = null;
    let done = 0;
    for (let turn = 0; turn <= MOMENTS; turn++) {
      const stage = await setStage(browser, { thumbnails, extension: RELEASED, profile });
      try {
        const page = await stage.openExtensionPage(OPTIONS);
        if (asked === null) await changes.prepare(page);
        else done += Number(await changes.check(page, asked));
        if (turn < MOMENTS) asked = await askAndKill(stage, page, changes, turn);
      } finally {
        await stage.close();
      }
    }
    return done;
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

async function askAndKill({ browser }: Stage, page: Page, changes: Changes, turn: number): Promise<Asked> {
  const kind = KINDS[turn % KINDS.length]!;
  const unheard: Asked = { kind, id: `${kind}-${turn}`, reply: null };
  const asked = changes.ask(page, kind, turn).catch(() => unheard);
  await momentOf(turn);
  const child = browser.process();
  assert.ok(child?.pid !== undefined);
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL'); // the whole group: no process of it gets to write anything more
  await ended;
  return Promise.race([asked, new Promise<Asked>((tell) => setTimeout(tell, 1000, unheard))]);
}

/** Random, but the same in every run; more of them are early, where there is something to interrupt. */
async function momentOf(turn: number): Promise<void> {
  let state = SEED;
  for (let i = 0; i <= turn; i++) state = (state * 48271) % 2147483647;
  await new Promise((wake) => setTimeout(wake, (state / 2147483647) ** 2 * LATEST_MS));
}
