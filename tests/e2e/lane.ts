/** What a browser with the extension is asked on one set of pages: it is started once for a whole lane of suites. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import type { BrowserName } from './browser.ts';
import { cardTests } from './card-tests.ts';
import { ready, shown, SUITE_TIMEOUT, thumbnails, TIMEOUT } from './case-stage.ts';
import { addressOf, caseFiles } from './cases.ts';
import { caseTests } from './cases-tests.ts';
import { readOut } from './fixtures.ts';
import { heatTests } from './heat-tests.ts';
import { hoverTests } from './hover-tests.ts';
import { modelTests } from './model-tests.ts';
import { ask, choose } from './own-page.ts';
import { pixelFiles, pixelTests } from './pixels.ts';
import { inExtension } from './settings.ts';
import { setStage, type Stage } from './stage.ts';
import { sweepFiles, sweepTests } from './sweep-tests.ts';
import { trafficTests } from './traffic-tests.ts';
import { uiTests } from './ui-tests.ts';
import { youtubeTests } from './youtube-tests.ts';

const LANE_TIMEOUT = { timeout: 900_000 };

type Suite = (stage: () => Stage, browser: BrowserName) => void;

/** Two lanes of about the same length, each with a browser of its own. */
const LANES: Record<'cases' | 'pages', Record<string, Suite>> = {
  // The first suite of each sees what a fresh browser fetches.
  cases: { 'traffic': trafficTests, 'ways to show a thumbnail': caseTests, 'the card': cardTests, 'heat': heatTests, 'a sweep': sweepTests },
  pages: {
    'thumbnails': hoverTests,
    "YouTube's layouts": youtubeTests,
    "the server's model": modelTests,
    "the extension's pages": uiTests,
    'pixels': pixelTests,
  },
};

export function laneTests(lane: keyof typeof LANES, browser: BrowserName): void {
  describe(`${lane} in ${browser}`, LANE_TIMEOUT, () => {
    let stage: Stage | undefined;
    before(async () => {
      const files = new Map([...caseFiles(shown, ready, readOut(shown.file)), ...sweepFiles(addressOf(ready)), ...(await pixelFiles())]);
      stage = await setStage(browser, { thumbnails, files });
    }, TIMEOUT);
    after(() => stage?.close());
    const current = (): Stage => {
      assert.ok(stage);
      return stage;
    };
    for (const [what, declare] of Object.entries(LANES[lane])) {
      describe(what, SUITE_TIMEOUT, () => {
        before(() => startAnew(current()), TIMEOUT);
        declare(current, browser);
      });
    }
  });
}

/** As after an installation: default settings, no answers, the packaged model, nothing in the logs, no page. */
async function startAnew(stage: Stage): Promise<void> {
  await stage.page.goto('about:blank');
  await inExtension(stage, async (own) => {
    await own.evaluate(() => chrome.storage.session.clear());
    await choose(own, {});
    await ask(own, { type: 'revert-model' });
    await ask(own, { type: 'clear-cache' });
  });
  await stage.page.bringToFront();
  for (const log of [stage.site.asked, stage.site.refused, stage.consoleLines]) log.length = 0;
}
