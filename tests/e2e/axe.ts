/** axe-core, which finds what keeps people out of a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { ROOT } from './fixtures.ts';

const AXE = readFileSync(createRequire(join(ROOT, 'extension/package.json')).resolve('axe-core/axe.min.js'), 'utf8');

export interface Findings {
  /** What is wrong, with the elements. */
  barriers: string[];
  /** The rules that something was found to obey. */
  obeyed: string[];
}

/** Examine elements and everything in them, also in open shadow roots; the page must let scripts run. */
export async function examine(page: Page, selectors: string[]): Promise<Findings> {
  await page.evaluate(AXE);
  return page.evaluate(async (wanted) => {
    interface Run {
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
      passes: { id: string }[];
    }
    const { axe } = globalThis as unknown as { axe: { run: (context: string[]) => Promise<Run> } };
    const { violations, passes } = await axe.run(wanted);
    return {
      barriers: violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`)),
      obeyed: passes.map(({ id }) => id),
    };
  }, selectors);
}
