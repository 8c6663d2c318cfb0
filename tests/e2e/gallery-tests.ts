/** The gallery: a person points at a thumbnail on every kind of page, and sees the right answer or, rightly, nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { frames, hover, leave, readBadge, until, waitForBadge, waitForNoBadge } from './badge.ts';
import type { BrowserName } from './browser.ts';
import { expectAnswer, FRAMES, ready, shown, SUITE_TIMEOUT, thumbnails, TIMEOUT } from './case-stage.ts';
import { addressOf, READY } from './cases.ts';
import { readOut } from './fixtures.ts';
import { CONSENT } from './gallery/consent.ts';
import type { GalleryPage, Pictures } from './gallery/page.ts';
import { KEYBOARD } from './gallery/keyboard.ts';
import { PLAIN } from './gallery/plain.ts';
import { POSTERS } from './gallery/posters.ts';
import { SEEN } from './gallery/seen.ts';
import { STANDING } from './gallery/standing.ts';
import { SOURCES } from './gallery/sources.ts';
import { choose } from './own-page.ts';
import type { StaticFiles } from './server.ts';
import { inExtension } from './settings.ts';
import { setStage, type Stage } from './stage.ts';
import { THUMBNAIL_HOSTS } from './thumbnails.ts';

const PAGES: readonly GalleryPage[] = [
  ...PLAIN,
  ...POSTERS,
  ...SEEN,
  ...STANDING,
  ...KEYBOARD,
  ...SOURCES,
  ...CONSENT,
];
const PICTURES: Pictures = { shown, other: ready };
const SHARE = 8; // of so many pages a seeded one is looked at, unless all are

/** GALLERY=all looks at every page, another number in GALLERY at another eighth of them. */
function chosen(): readonly GalleryPage[] {
  const seed = process.env['GALLERY'] ?? '0';
  return seed === 'all' ? PAGES : PAGES.filter((_, index) => (index + Number(seed)) % SHARE === 0);
}

export function galleryTests(browser: BrowserName): void {
  describe(`the gallery in ${browser}`, SUITE_TIMEOUT, () => {
    let stage: Stage | undefined;
    before(async () => {
      assert.equal(new Set(PAGES.map(({ url }) => url)).size, PAGES.length, 'each page has an address of its own');
      stage = await setStage(browser, { thumbnails, files: files() });
    }, TIMEOUT);
    after(() => stage?.close());
    for (const page of chosen()) {
      test(page.name, TIMEOUT, async () => {
        assert.ok(stage);
        await visit(stage, page);
      });
    }
  });
}

function files(): StaticFiles {
  const picture = { type: shown.type, body: readOut(shown.file) };
  return new Map(
    PAGES.flatMap((page) => [
      [page.url, { type: 'text/html; charset=utf-8', body: Buffer.from(documentOf(page)) }],
      ...(page.copies?.(PICTURES) ?? []).map((address) => [address, picture] as const),
    ]),
  );
}

function documentOf(page: GalleryPage): string {
  const below = hasReady(page) ? `<img id="${READY}" src="${addressOf(ready)}" width="320" height="180" alt="">` : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gallery</title><link rel="icon" href="data:,">
    <style>body { margin: 0; padding: 16px; font: 14px/1.4 sans-serif } #target { display: block }
    #ready { display: block; margin-top: 300px }</style></head><body>${page.html(PICTURES)}${below}</body></html>`;
}

/** Where nothing is awaited, another thumbnail tells that the extension listens. */
function hasReady({ expects, act, alone }: GalleryPage): boolean {
  return alone !== true && (expects === 'silent' || act !== undefined);
}

async function visit(stage: Stage, gallery: GalleryPage): Promise<void> {
  const { url, expects, settings, act, check } = gallery;
  const { page, site } = stage;
  if (settings !== undefined) await inExtension(stage, (own) => choose(own, settings));
  try {
    await page.bringToFront();
    site.asked.length = 0;
    await page.goto(url, { waitUntil: 'load' });
    if (hasReady(gallery)) await noticed(stage, READY);
    if (act !== undefined) await act(stage);
    else if (expects === 'silent') await hover(page, 'target');
    else await noticed(stage, 'target');
    await expectation(stage, expects);
    await check?.(stage);
    assert.deepEqual(strangers(stage), [], 'the extension asked for nothing but thumbnails');
  } finally {
    await leave(page);
    if (settings !== undefined) await inExtension(stage, (own) => choose(own, {}));
  }
}

/** Move on a picture until something is said of it: the extension may begin to listen only now. */
async function noticed({ page }: Stage, id: string): Promise<void> {
  let nudge = 0;
  const touch = async (): Promise<unknown> => {
    nudge = 1 - nudge;
    await hover(page, id, nudge);
    return readBadge(page);
  };
  await until('a badge', touch, (badge) => badge !== null);
}

async function expectation({ page }: Stage, expects: GalleryPage['expects']): Promise<void> {
  if (expects === 'silent') {
    await frames(page, FRAMES);
    await waitForNoBadge(page);
  } else if (expects === 'answer') {
    assert.equal((await expectAnswer(page, shown)).state, 'known');
  } else {
    const badge = await waitForBadge(page, expects, ({ state }) => state === expects);
    assert.ok(expects !== 'lookalike' || badge.channel === shown.channel, JSON.stringify(badge));
  }
}

/** What a script, and not the page with its own pictures, asked for elsewhere than on the thumbnail hosts. */
function strangers({ site }: Stage): string[] {
  const foreign = site.asked.filter(({ host, destination }) => destination === 'empty' && !THUMBNAIL_HOSTS.includes(host));
  return [...foreign.map(({ host, path }) => `${host}${path}`), ...site.refused];
}
