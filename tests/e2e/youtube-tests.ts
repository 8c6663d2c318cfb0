/** A person hovers thumbnails on pages with YouTube's layouts: right answers, nothing in the way, claims only of others. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { answerOf, frames, hover, leave, readBadge, until, waitForBadge, waitForNoBadge, type Badge, type Box } from './badge.ts';
import type { BrowserName } from './browser.ts';
import { made, readExpected } from './fixtures.ts';
import { shareOf } from './share.ts';
import { openAddress, type Stage } from './stage.ts';
import { LAYOUTS, type Layout } from './youtube/layouts.ts';
import { layoutUrl, ownerOf } from './youtube/page.ts';
import { videosOf, type Poster, type Video } from './youtube/videos.ts';

const TIMEOUT = { timeout: 120_000 };
const TOLERANCE = 0.01;
const FRAMES = 30; // longer than a dwell

const { thumbnails } = readExpected();
const videos = videosOf(thumbnails);
const owner = ownerOf(thumbnails);

export function youtubeTests(stage: () => Stage): void {
  for (const layout of LAYOUTS) describe(layout, TIMEOUT, () => layoutTests(stage, layout));
  describe('between layouts', TIMEOUT, () => navigationTests(stage));
}

type Check = [what: string, check: (page: Page, layout: Layout, browser: BrowserName) => Promise<void>];

function layoutTests(stage: () => Stage, layout: Layout): void {
  const checks: Check[] = [
    ['cards are answered, each beside its duration', checkAnswers],
    ['a picture that loads below the pointer is answered then', checkLazy],
    ['a preview above the picture changes nothing', checkPreview],
    ['a preview that comes before the answer does not prevent it', checkEarlyPreview],
    ['nothing offends the page', checkViolations],
  ];
  before(() => openAddress(stage(), layoutUrl(layout, owner), example().id), TIMEOUT);
  for (const [what, check] of checks) test(what, TIMEOUT, () => check(stage().page, layout, stage().name));
}

/** The channel's own video of a sure picture; of another channel than `other`. */
function example(other = ''): Video {
  const { id } = made(thumbnails, 'sure', other);
  const video = videos.find((candidate) => candidate.id === id);
  assert.ok(video?.own);
  return video;
}

/** All of them are hovered on two other pages; here each by one browser of both. */
async function checkAnswers(page: Page, layout: Layout, browser: BrowserName): Promise<void> {
  const states = new Set<string>();
  for (const video of shareOf(videos, browser)) {
    const badge = await answerOf(page, video.id);
    checkBadge(badge, video, posterOn(layout, video));
    states.add(badge.state);
    assert.ok(!badge.clipped, `a part of "${badge.text}" is cut off`);
    const duration = await durationOf(page, video.id);
    assert.ok(!overlap(badge.box, duration), `${JSON.stringify(badge)} lies on the duration at ${JSON.stringify(duration)}`);
  }
  assert.deepEqual([...states].sort(), ['known', 'lookalike', 'unknown'], 'all that a badge can say of a thumbnail');
}

/** Who posted a card's video, as far as the page says. */
function posterOn(layout: Layout, { poster }: Video): Poster {
  return layout === 'channel' ? owner : poster;
}

function checkBadge(badge: Badge, { thumbnail }: Video, poster: Poster): void {
  const what = `${thumbnail.id} of ${thumbnail.channel} by ${poster.name}: ${JSON.stringify(badge)}`;
  const own = sameName(poster.name, thumbnail.display_name);
  const claimed = thumbnail.state === 'sure' ? 'lookalike' : 'unknown'; // where another channel posted it
  assert.equal(badge.state, own && thumbnail.known ? 'known' : claimed, what);
  if (badge.state === 'unknown') return;
  assert.equal(badge.channel, thumbnail.channel, what);
  assert.ok(Math.abs((badge.probability ?? NaN) - thumbnail.probability) <= TOLERANCE, what);
  assert.ok(badge.text.includes(thumbnail.display_name), what);
  if (badge.state === 'lookalike') assert.ok([poster.name, poster.handle].some((name) => badge.text.includes(name)), what);
}

function sameName(one: string, other: string): boolean {
  const plain = (name: string) => name.replaceAll(/\s/g, '').toLowerCase();
  return plain(one) === plain(other);
}

function durationOf(page: Page, id: string): Promise<Box> {
  return page.evaluate((wanted) => {
    const duration = document.getElementById(wanted)?.closest('a')?.querySelector('.duration');
    if (!duration) throw new Error(`#${wanted} has no duration`);
    const { left, top, width, height } = duration.getBoundingClientRect();
    return { left, top, width, height };
  }, id);
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.left < other.left + other.width &&
    other.left < one.left + one.width &&
    one.top < other.top + other.height &&
    other.top < one.top + one.height
  );
}

/** Set or remove an attribute of `<ytd-app>`, by which a test steers the page. */
function steer(page: Page, attribute: string, value: string | null): Promise<void> {
  return page.evaluate(
    (name, wanted) => {
      const app = document.querySelector('ytd-app');
      if (wanted === null) app?.removeAttribute(name);
      else app?.setAttribute(name, wanted);
    },
    attribute,
    value,
  );
}

async function checkLazy(page: Page): Promise<void> {
  const video = videos.at(-1);
  assert.ok(video);
  const source = () => page.evaluate((id) => document.getElementById(id)?.getAttribute('src'), video.id);
  await leave(page);
  await page.reload({ waitUntil: 'load' });
  await steer(page, 'lazy', 'held');
  await hover(page, video.id);
  await frames(page, FRAMES);
  assert.equal(await source(), null);
  assert.equal(await readBadge(page), null, 'no picture, no answer');
  await steer(page, 'lazy', null);
  const badge = await waitForBadge(page, 'the answer once the picture is there', ({ state }) => state !== 'waiting');
  assert.equal(badge.channel, video.thumbnail.channel);
}

async function checkPreview(page: Page): Promise<void> {
  const { id } = example();
  await leave(page);
  await steer(page, 'preview-delay', '400');
  const answer = await answerOf(page, id);
  await waitForPreview(page, id);
  await frames(page, FRAMES);
  const badge = await readBadge(page);
  await steer(page, 'preview-delay', null);
  assert.deepEqual([badge?.state, badge?.text, badge?.box], [answer.state, answer.text, answer.box]);
  await leave(page);
  await waitForNoBadge(page);
}

async function checkEarlyPreview(page: Page, layout: Layout): Promise<void> {
  const video = example(example().thumbnail.channel);
  await leave(page);
  await steer(page, 'preview-delay', '0');
  await hover(page, video.id);
  await waitForPreview(page, video.id);
  const badge = await waitForBadge(page, 'an answer below the preview', ({ state }) => state !== 'waiting');
  await steer(page, 'preview-delay', null);
  checkBadge(badge, video, posterOn(layout, video));
  await leave(page);
  await waitForNoBadge(page);
}

/** Wait until the preview is there, and move within it: it takes the pointer from the picture below. */
async function waitForPreview(page: Page, id: string): Promise<void> {
  let offset = 0;
  const above = async () => {
    offset = 4 - offset;
    await hover(page, id, offset);
    return page.evaluate(() => document.querySelector('ytd-video-preview')?.matches('[active]:hover') === true);
  };
  await until('the preview is below the pointer', above, (there) => there);
}

async function checkViolations(page: Page): Promise<void> {
  assert.deepEqual(await page.evaluate(() => (window as unknown as { violations: string[] }).violations), []);
}

function navigationTests(stage: () => Stage): void {
  before(() => openAddress(stage(), layoutUrl('home', owner), example().id), TIMEOUT);

  test('the badge goes with the page', TIMEOUT, async () => {
    const { page } = stage();
    const picture = await answerOf(page, example().id);
    await follow(page, 'watch');
    const below = await page.evaluate(({ left, top }) => document.elementFromPoint(left, top)?.localName, picture.box);
    assert.equal(below, 'video', 'the player is where the picture was');
    await waitForNoBadge(page);
  });

  for (const layout of LAYOUTS) {
    test(`${layout} is answered without a new page`, TIMEOUT, async () => {
      const { page } = stage();
      await follow(page, layout);
      for (const video of [videos[0], videos.at(-1)]) {
        assert.ok(video);
        checkBadge(await answerOf(page, video.id), video, posterOn(layout, video));
      }
    });
  }

  test('and so is the page before', TIMEOUT, async () => {
    const { page } = stage();
    await page.evaluate(() => history.back());
    // Asked of the page: not every Firefox tells its driver of an address that a script changes.
    const address = () => page.evaluate(() => location.href);
    await until('the page before', address, (url) => url === layoutUrl('watch', owner));
    const video = example();
    checkBadge(await answerOf(page, video.id), video, posterOn('watch', video));
  });
}

/** Click the link to a layout, with the pointer where it is; the document stays. */
async function follow(page: Page, layout: Layout): Promise<void> {
  await page.evaluate(
    (name) =>
      new Promise<void>((done) => {
        document.addEventListener('yt-navigate-finish', () => done(), { once: true });
        document.getElementById(`to-${name}`)?.click();
      }),
    layout,
  );
}
