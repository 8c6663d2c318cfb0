/** The browser may stop the service worker whenever it likes: whatever it was doing then, the next hover is answered. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answerOf, hover, leave } from './badge.ts';
import { readExpected, type Thumbnail } from './fixtures.ts';
import { openPage, setStage, type Stage } from './stage.ts';
import { serviceWorkers, stopServiceWorker } from './worker.ts';

const STOPS = 20;
const LATEST_MS = 400; // after the pointer came: dwelling, fetching, loading the model, answering, or long done
const SEED = 20;
const TIMEOUT = { timeout: 240_000 };

const { thumbnails } = readExpected();

describe('a service worker that is stopped', TIMEOUT, () => {
  let stage: Stage | undefined;
  before(async () => {
    stage = await setStage('chromium', { thumbnails });
    await openPage(stage, 'plain', thumbnailAt(0).id);
  }, TIMEOUT);
  after(() => stage?.close());

  test(`${STOPS} times at any moment: the next hover is answered`, TIMEOUT, async (context) => {
    assert.ok(stage);
    const times: number[] = [];
    for (const [turn, moment] of moments().entries()) times.push(await stopAndHover(stage, turn, moment));
    context.diagnostic(`answered after at most ${Math.max(...times).toFixed(0)} ms`);
  });
});

/** When to stop the worker, in ms after the pointer came: random, but the same in every run. */
function moments(): number[] {
  let state = SEED;
  return Array.from({ length: STOPS }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * LATEST_MS;
  });
}

/** Stop the worker so long after the pointer came onto one picture, then hover another; how long its answer took. */
async function stopAndHover({ browser, page }: Stage, turn: number, moment: number): Promise<number> {
  const what = `turn ${turn + 1}, stopped after ${moment.toFixed(0)} ms`;
  await hover(page, thumbnailAt(2 * turn).id);
  await new Promise((wake) => setTimeout(wake, moment));
  await stopServiceWorker(browser);
  await leave(page);
  const next = thumbnailAt(2 * turn + 1);
  const began = performance.now();
  const badge = await answerOf(page, next.id);
  assert.equal(badge.state, next.known ? 'known' : 'unknown', `${what}: ${JSON.stringify(badge)}`);
  if (next.known) assert.equal(badge.channel, next.channel, what);
  assert.ok(serviceWorkers(browser).length <= 1, `${what}: two workers`);
  return performance.now() - began;
}

function thumbnailAt(index: number): Thumbnail {
  return thumbnails[index % thumbnails.length]!;
}
