/** A short soak: nothing wrong, nothing missed, nothing kept. `npm run soak` is the long one, which also looks at time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BROWSERS } from './browser.ts';
import { soak } from './soaking.ts';
import { total } from './memory.ts';

const MB = 1024 * 1024;
const PLAN = { pictures: 60, hovers: 150, settled: 50, forgetEvery: 1 };
const GROWTH_MB = 15; // a hundred answers: one forgotten input for each would be 33 MB

for (const browser of BROWSERS) {
  test(`${browser}: ${PLAN.hovers} hovers`, { timeout: 180_000 }, async (context) => {
    const { faults, samples, memory } = await soak(browser, PLAN);
    assert.deepEqual(faults, []);
    assert.equal(samples.length, PLAN.hovers);
    if (browser !== 'chromium') return;
    assert.ok(memory);
    const [before, after] = memory.map(total) as [number, number];
    context.diagnostic(`memory: ${(before / MB).toFixed(1)} MB, then ${(after / MB).toFixed(1)} MB`);
    assert.ok(after - before <= GROWTH_MB * MB, `memory grew from ${before} to ${after} bytes`);
  });
}
