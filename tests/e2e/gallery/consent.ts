/** The question whether a thumbnail that a page only names may be fetched from YouTube, and what comes of each answer. */
import assert from 'node:assert/strict';
import { frames, hover, leave, readBadge, waitForBadge, waitForNoBadge } from '../badge.ts';
import { clickButton, readCard, waitForCard, waitForNoCard } from '../card.ts';
import { expectAnswer, FRAMES, shown } from '../case-stage.ts';
import { readSetting } from '../settings.ts';
import type { Stage } from '../stage.ts';
import { thumbnailUrl, videoId, type GalleryPage, type Pictures } from './page.ts';

const FOR_ALL = ['Always', 'On this site', 'Never'];
const FOR_SITE = ['On this site', 'Not here'];
const YOUTUBE = /(?:^|\.)(?:ytimg|youtube|googlevideo|googleusercontent)\.com$/;

type Check = NonNullable<GalleryPage['check']>;

/** A picture of the site's own in a link to a video. */
function forum({ shown: { path } }: Pictures): string {
  return `<a href="https://www.youtube.com/watch?v=${path.split('/')[2] ?? ''}"><img id="target" width="320" height="180" src="/cached/1.jpg" alt=""></a>`;
}

/** A page that loads nothing of YouTube's. Settings are named, so that what is answered is forgotten afterwards. */
function asking(name: string, address: string, check: Check, more: Partial<GalleryPage> = {}): GalleryPage {
  const copies = (): string[] => [new URL('/cached/1.jpg', address).href];
  return { name, url: address, html: forum, copies, alone: true, expects: 'question', settings: {}, check, ...more };
}

/** Who is asked of YouTube's, by whomever. */
function asksOf({ site }: Stage): string[] {
  return site.asked.filter(({ host }) => YOUTUBE.test(host)).map(({ host, path }) => `${host}${path}`);
}

/** Wait for the card of the question: nothing was asked before it, nor since. */
async function question(stage: Stage, buttons: readonly string[]): Promise<void> {
  const { page } = stage;
  const card = await waitForCard(page, (seen) => seen.buttons.length === buttons.length);
  assert.deepEqual(card.buttons, buttons);
  assert.equal(card.title, 'Fetch this thumbnail from YouTube?');
  assert.ok(card.dialog && !card.focused);
  assert.deepEqual(asksOf(stage), []);
}

/** Press a button, and see the answer, with its card. The browser may know the thumbnail already; else it asks for it alone. */
async function answered(stage: Stage, button: string): Promise<void> {
  const { page } = stage;
  await clickButton(page, button);
  await expectAnswer(page, shown);
  await waitForCard(page, ({ rows }) => rows.length > 0);
  assert.deepEqual(asksOf(stage).filter((asked) => asked !== `i.ytimg.com/vi/${videoId(shown)}/mqdefault.jpg`), []);
}

/** Press a button after which nothing is shown, here and now on. */
async function refused(stage: Stage, button: string): Promise<void> {
  const { page } = stage;
  await clickButton(page, button);
  await waitForNoCard(page);
  await waitForNoBadge(page);
  await leave(page);
  await hover(page, 'target');
  await frames(page, FRAMES);
  assert.equal(await readBadge(page), null);
  assert.deepEqual(asksOf(stage), []);
}

async function visit({ page }: Stage, address: string, state: 'known' | 'question'): Promise<void> {
  await page.goto(address, { waitUntil: 'load' });
  await leave(page);
  await page.bringToFront();
  let nudge = 0;
  while ((await readBadge(page)) === null) {
    nudge = 1 - nudge;
    await hover(page, 'target', nudge);
  }
  await waitForBadge(page, state, (badge) => badge.state === state);
}

const FORUM = 'https://forum.example/topic';
const OTHER_FORUM = 'https://other-forum.example/topic';

const ANSWERS: readonly GalleryPage[] = [
  asking('a forum that is allowed to, by “On this site”', FORUM, async (stage) => {
    await question(stage, FOR_ALL);
    await answered(stage, 'On this site');
    assert.deepEqual(await readSetting(stage, 'linkedSites'), ['forum.example']);
    await visit(stage, FORUM, 'known');
    await visit(stage, OTHER_FORUM, 'question');
  }),
  asking('a forum that is allowed to, by “Always”', OTHER_FORUM, async (stage) => {
    await question(stage, FOR_ALL);
    await answered(stage, 'Always');
    await visit(stage, FORUM, 'known');
    await visit(stage, 'https://inv.nadeko.example/popular', 'question');
  }),
  asking('a forum where the answer is “Never”', 'https://third-forum.example/topic', async (stage) => {
    await question(stage, FOR_ALL);
    await refused(stage, 'Never');
    assert.equal(await readSetting(stage, 'linkedVideos'), 'never');
  }),
  asking('a forum after an “Always”', 'https://fourth-forum.example/topic', () => Promise.resolve(), {
    expects: 'answer',
    settings: { linkedVideos: 'always' },
  }),
  asking('a page that presses the buttons itself', 'https://hostile.example/topic', async (stage) => {
    await question(stage, FOR_ALL);
    await stage.page.evaluate(() => {
      const root = document.querySelector('thumbprint-card')?.shadowRoot;
      for (const button of root?.querySelectorAll('button') ?? []) button.click();
    });
    await frames(stage.page, FRAMES);
    assert.equal((await readBadge(stage.page))?.state, 'question');
    assert.deepEqual(asksOf(stage), []);
  }),
  asking('a site that is called like Google', 'https://www.google.evil.example/search', (stage) => question(stage, FOR_ALL)),
  {
    ...asking('a forum, by the keyboard', 'https://fifth-forum.example/topic', () => Promise.resolve()),
    html: (pictures) => `${forum(pictures)}<button type="button">Next</button>`,
    expects: 'answer',
    act: byKeyboard,
  },
];

/** Alt and the down arrow open the card, Esc closes it without an answer, and the first button but one is pressed. */
async function byKeyboard(stage: Stage): Promise<void> {
  const { page } = stage;
  const open = async (): Promise<void> => {
    await page.keyboard.down('Alt');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.up('Alt');
  };
  await leave(page);
  await page.keyboard.press('Tab');
  for (let card = await readCard(page); card === null; card = await readCard(page)) {
    await open(); // the extension may begin to listen only now
    await frames(page, 12);
  }
  await waitForCard(page, ({ focused }) => focused);
  await page.keyboard.press('Escape');
  await waitForNoCard(page);
  assert.equal(await readBadge(page), null);
  assert.deepEqual(asksOf(stage), []);
  assert.equal(await page.evaluate(() => document.activeElement?.localName), 'a');
  await page.keyboard.press('Tab');
  await page.keyboard.down('Shift');
  await page.keyboard.press('Tab');
  await page.keyboard.up('Shift');
  await open();
  await waitForCard(page, ({ focused, buttons }) => focused && buttons.length === FOR_ALL.length);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await waitForCard(page, ({ rows, focused }) => rows.length > 0 && focused);
  assert.deepEqual(await readSetting(stage, 'linkedSites'), ['fifth-forum.example']);
  await page.bringToFront();
}

const ALWAYS = { linkedVideos: 'always' } as const;

/** A front end or a private search engine, which is asked about by itself also after an “Always”. */
function frontEnd(name: string, address: string, more: Partial<GalleryPage> = {}): GalleryPage {
  return asking(name, address, (stage) => question(stage, FOR_SITE), { settings: ALWAYS, ...more });
}

const proxied = (source: (pictures: Pictures) => string): GalleryPage['html'] => (pictures) =>
  `<img id="target" width=320 height=180 src="${source(pictures)}">`;

const FRONT_ENDS: readonly GalleryPage[] = [
  frontEnd('DuckDuckGo, where the answer is “Not here”', 'https://duckduckgo.com/images', {
    html: proxied(({ shown: picture }) =>
      `https://external-content.duckduckgo.com/iu/?u=https%3A%2F%2Fi.ytimg.com%2Fvi%2F${videoId(picture)}%2Fmaxresdefault.jpg&f=1`),
    copies: () => ['https://external-content.duckduckgo.com/iu/'],
    check: async (stage) => {
      await question(stage, FOR_SITE);
      await refused(stage, 'Not here');
      assert.deepEqual(await readSetting(stage, 'unlinkedSites'), ['duckduckgo.com']);
    },
  }),
  frontEnd('Invidious on a host of its own', 'https://videos.example/feed/popular', {
    html: ({ shown: picture }) => `<a href="/watch?v=${videoId(picture)}"><img id="target" width=320 height=180 src="/vi/${videoId(picture)}/mqdefault.jpg"></a>
      <footer><a href="https://github.com/iv-org/invidious">Invidious</a></footer>`,
    copies: ({ shown: picture }) => [`https://videos.example/vi/${videoId(picture)}/mqdefault.jpg`],
    check: async (stage) => {
      await question(stage, FOR_SITE);
      await answered(stage, 'On this site');
    },
  }),
  frontEnd('Invidious by its host', 'https://inv.nadeko.example/popular'),
  frontEnd('Piped', 'https://piped.video.example/trending', {
    html: proxied(({ shown: picture }) => `https://proxy.video.example/vi/${videoId(picture)}/hqdefault.jpg?host=i.ytimg.com`),
    copies: ({ shown: picture }) => [`https://proxy.video.example/vi/${videoId(picture)}/hqdefault.jpg`],
  }),
  frontEnd('SearXNG by its generator', 'https://find.example/search', {
    html: (pictures) => `<meta name="generator" content="searxng/2026.3.1">${proxied((all) =>
      `/image_proxy?url=${encodeURIComponent(thumbnailUrl(all.shown))}&h=0a`)(pictures)}`,
    copies: () => ['https://find.example/image_proxy'],
  }),
  frontEnd('Whoogle by its search', 'https://search.home.example/search', {
    html: (pictures) => `<link rel="search" type="application/opensearchdescription+xml" title="Whoogle Search" href="/opensearch.xml">${forum(pictures)}`,
  }),
  frontEnd('Redlib by its foot', 'https://reddit.home.example/r/videos', {
    html: (pictures) => `${forum(pictures)}<div class="page-footer"><a href="https://github.com/redlib-org/redlib">Code</a></div>`,
  }),
  frontEnd('Startpage', 'https://www.startpage.com/do/search'),
  frontEnd('Brave Search', 'https://search.brave.com/search'),
  frontEnd('Qwant', 'https://www.qwant.com/videos'),
  frontEnd('a site in the Tor network', 'https://abcdefghij234567.onion/videos'),
];

export const CONSENT: readonly GalleryPage[] = [...ANSWERS, ...FRONT_ENDS];
