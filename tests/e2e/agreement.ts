/** Hovers the thumbnails of a trained model, of which nobody knows what it says: both sides must say the same. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { answerOf, type Badge } from './badge.ts';
import { BROWSERS, type BrowserName } from './browser.ts';
import { OUT, readTrained, type Expected, type Thumbnail } from './fixtures.ts';
import type { StaticFiles } from './server.ts';
import { openPage, setStage, type Stage } from './stage.ts';

const TOLERANCE = 0.01; // of a probability
const TIMEOUT = { timeout: 120_000 };

/** What else is asked of the same browsers. */
interface More {
  files: () => Promise<StaticFiles>;
  declare: (stage: () => Stage, browser: BrowserName) => void;
}

/** Declares the test for the model in OUT/folder, in both browsers. */
export function agreementTests(what: string, folder: string, least: number, more?: More): void {
  const expected = readTrained(folder);
  for (const name of BROWSERS) {
    describe(`${what} in ${name}`, TIMEOUT, () => {
      let stage: Stage | undefined;
      before(async () => {
        const files = await more?.files();
        stage = await setStage(name, { thumbnails: expected.thumbnails, extension: join(OUT, folder, 'extension'), files });
      }, TIMEOUT);
      after(() => stage?.close());
      more?.declare(() => {
        assert.ok(stage);
        return stage;
      }, name);
      test('each badge agrees with `backend predict`', TIMEOUT, async (context) => {
        assert.ok(stage && expected.thumbnails.length >= least, `${expected.thumbnails.length} thumbnails`);
        context.diagnostic(`${(await hoverAll(stage, expected)).join(', ')} of ${expected.thumbnails.length} thumbnails`);
      });
    });
  }
}

/** Returns how many were said to be known and how many unknown. */
async function hoverAll(stage: Stage, expected: Expected): Promise<string[]> {
  await openPage(stage, 'plain', expected.thumbnails[0]?.id ?? '');
  const states: string[] = [];
  for (const thumbnail of expected.thumbnails) {
    const badge = await answerOf(stage.page, thumbnail.id);
    assertAgrees(badge, thumbnail, expected);
    states.push(badge.state);
  }
  return ['known', 'unknown'].map((state) => `${states.filter((found) => found === state).length} ${state}`);
}

/** The badge says what the backend says; where rounding decides, it may go either way. */
function assertAgrees(badge: Badge, thumbnail: Thumbnail, { channels, threshold }: Expected): void {
  const what = `${thumbnail.source} (${thumbnail.path}): ${JSON.stringify(badge)} for ${JSON.stringify(thumbnail)}`;
  const near = threshold !== null && Math.abs((thumbnail.unknown ?? NaN) - threshold) <= TOLERANCE;
  const states = near ? ['known', 'unknown'] : [thumbnail.known ? 'known' : 'unknown'];
  assert.ok(states.includes(badge.state), what);
  if (badge.state === 'unknown') return;
  const said = channels.findIndex(({ name }) => name === badge.channel);
  // Of two channels that are as probable as each other, either may be said.
  assert.ok((thumbnail.probabilities[said] ?? NaN) >= thumbnail.probability - TOLERANCE, what);
  assert.ok(Math.abs((badge.probability ?? NaN) - (thumbnail.probabilities[said] ?? NaN)) <= TOLERANCE, what);
  assert.ok(badge.text.includes(channels[said]?.display_name ?? '?'), what);
}
