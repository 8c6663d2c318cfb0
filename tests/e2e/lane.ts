/** Everything that one browser with the extension can be asked on one set of pages: it is started once for all of it. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import type { BrowserName } from './browser.ts';
import { cardTests } from './card-tests.ts';
import { ready, shown, SUITE_TIMEOUT, thumbnails, TIMEOUT } from './case-stage.ts';
import { caseFiles } from './cases.ts';
import { caseTests } from './cases-tests.ts';
import { readOut } from './fixtures.ts';
import { heatTests } from './heat-tests.ts';
import { hoverTests } from './hover-tests.ts';
import { modelTests } from './model-tests.ts';
import { ask, choose } from './own-page.ts';
import { inExtension } from './settings.ts';
import { setStage, type Stage } from './stage.ts';
import { uiTests } from './ui-tests.ts';
import { youtubeTests } from './youtube-tests.ts';

const LANE_TIMEOUT = { timeout: 1_200_000 };

/** In this order: the first one sees what a fresh browser fetches. */
const SUITES: Record<string, (stage: () => Stage, browser: BrowserName) => void> = {
  'thumbnails': hoverTests,
  "YouTube's layouts": youtubeTests,
  'pages': caseTests,
  'the card': cardTests,
  'heat': heatTests,
  "the server's model": modelTests,
  "the extension's pages": uiTests,
};

export function laneTests(browser: BrowserName): void {
  describe(browser, LANE_TIMEOUT, () => {
    let stage: Stage | undefined;
    before(async () => {
      stage = await setStage(browser, { thumbnails, files: caseFiles(shown, ready, readOut(shown.file)) });
    }, TIMEOUT);
    after(() => stage?.close());
    const current = (): Stage => {
      assert.ok(stage);
      return stage;
    };
    for (const [what, declare] of Object.entries(SUITES)) {
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
    await choose(own, {});
    await ask(own, { type: 'revert-model' });
    await ask(own, { type: 'clear-cache' });
  });
  await stage.page.bringToFront();
  for (const log of [stage.site.asked, stage.site.refused, stage.consoleLines]) log.length = 0;
}
