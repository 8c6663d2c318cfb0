/** A host that sends us elsewhere: nobody else is asked, whatever the status and wherever it leads. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BROWSERS } from './browser.ts';
import { readExpected, readOut, SHIPPED } from './fixtures.ts';
import { serveModel, type ModelServer } from './model-server.ts';
import { ask, choose, OPTIONS } from './own-page.ts';
import { PAGES } from './pages.ts';
import type { StaticFiles } from './server.ts';
import { setStage, type Stage } from './stage.ts';

const TIMEOUT = { timeout: 120_000 };
const STATUSES = [301, 302, 303, 307, 308];
const THUMBNAILS = 'https://i.ytimg.com';
/** Allowed by the person, with *any picture* on. */
const ALLOWED = new URL(PAGES.plain).origin;
const ELSEWHERE = `${new URL(PAGES.youtube).origin}/elsewhere.jpg`;
const GOOD = { type: 'image/jpeg', body: readOut(readExpected().thumbnails[0]?.file ?? '') };

/** Where a redirect leads; `back` goes by another host to where it came from. */
type Way = 'loopback' | 'away' | 'back' | 'aside';
const WAYS: readonly Way[] = ['loopback', 'away', 'back', 'aside'];

function pathOf(way: Way, status: number): string {
  return `/vi/${way.padEnd(8, '-')}${status}/hqdefault.jpg`;
}

function filesWith(loopback: string): StaticFiles {
  const moved = (status: number, location: string) => ({ type: 'text/plain', body: Buffer.of(), status, headers: { location } });
  const pictures = [THUMBNAILS, ALLOWED].flatMap((host) => {
    const leads: Record<Way, string> = {
      loopback: `${loopback}/health`,
      away: ELSEWHERE,
      back: `${ELSEWHERE}?to=${host}`,
      aside: `${host}/vi/good-enough/hqdefault.jpg`,
    };
    const all = WAYS.flatMap((way) => STATUSES.map((status) => [`${host}${pathOf(way, status)}`, moved(status, leads[way])] as const));
    return [...all, [leads.aside, GOOD] as const];
  });
  return new Map([...pictures, [ELSEWHERE, GOOD]]);
}

/** The extension as it ships, but for a host that it may read: no test can press a browser's own *Allow*. */
function writeAllowed(folder: string): void {
  cpSync(SHIPPED, folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { host_permissions: string[] };
  manifest.host_permissions.push(`${ALLOWED}/*`);
  writeFileSync(path, JSON.stringify(manifest));
}

for (const browser of BROWSERS) {
  describe(`redirects in ${browser}`, TIMEOUT, () => {
    const folder = mkdtempSync(join(tmpdir(), 'thumbprint-redirects-'));
    let stage: Stage | undefined;
    let loopback: ModelServer | undefined;
    before(async () => {
      writeAllowed(folder);
      loopback = await serveModel();
      stage = await setStage(browser, { files: filesWith(loopback.origin), extension: folder });
    }, TIMEOUT);
    after(async () => {
      await stage?.close();
      await loopback?.close();
      rmSync(folder, { recursive: true });
    });

    for (const host of [THUMBNAILS, ALLOWED]) {
      test(`from ${host}: the first address alone is asked`, TIMEOUT, async () => {
        assert.ok(stage && loopback);
        const page = await stage.openExtensionPage(OPTIONS);
        await choose(page, { anyPicture: true });
        await page.evaluate((origin) => chrome.storage.local.set({ allowedOrigins: [origin] }), ALLOWED);
        const good = await ask(page, { type: 'classify', url: `${host}/vi/good-enough/hqdefault.jpg`, id: 'good' });
        assert.ok(good.ok, `without a redirect it is read: ${JSON.stringify(good)}`);
        for (const way of WAYS) {
          for (const status of STATUSES) {
            stage.site.asked.length = 0;
            const path = pathOf(way, status);
            assert.deepEqual(await ask(page, { type: 'classify', url: host + path, id: path }), { ok: false, reason: 'redirect' });
            const asked: string[] = stage.site.asked.map((request) => `https://${request.host}${request.path}`);
            assert.deepEqual(asked, [host + path]);
          }
        }
        assert.deepEqual([loopback.asked, stage.site.refused], [[], []]);
        await page.close();
      });
    }
  });
}
