/** Where the badge stands: inside what is visible of the picture, off the page's own controls, a dot on small pictures. */
import assert from 'node:assert/strict';
import { frames, until, type Box } from '../badge.ts';
import { FRAMES } from '../case-stage.ts';
import type { Stage } from '../stage.ts';
import { thumbnailUrl, type GalleryPage, type Pictures } from './page.ts';

interface Standing {
  badge: Box;
  dot: Box | null;
  /** The picture, and what the page marks with these classes. */
  picture: Box;
  shown: Box | null;
  controls: Box[];
  clipped: boolean;
  viewport: Box;
}

/** Where the badge and its dot are, once they have come to rest. */
async function readStanding({ page }: Stage): Promise<Standing> {
  await frames(page, FRAMES); // the page may have moved or faded in something since
  const read = () =>
    page.evaluate(() => {
      const root = document.querySelector('thumbprint-badge')?.shadowRoot;
      const [badge, dot] = ['.badge', '.dot'].map((selector) => root?.querySelector(selector));
      const picture = document.getElementById('target');
      if (!badge?.checkVisibility() || !picture) return null;
      const controls = document.querySelectorAll('.control');
      const parts = [badge, picture, dot?.checkVisibility() ? dot : null, document.querySelector('.shown'), ...controls];
      const [badgeBox, pictureBox, dotBox, shownBox, ...others] = parts.map((element) => {
        if (!element) return null;
        const { left, top, width, height } = element.getBoundingClientRect();
        return { left, top, width, height };
      });
      const texts = [badge, ...badge.querySelectorAll('.text')];
      return {
        badge: badgeBox!,
        picture: pictureBox!,
        dot: dotBox ?? null,
        shown: shownBox ?? null,
        controls: others.filter((box) => box !== null),
        clipped: texts.some((part) => part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight),
        viewport: { left: 0, top: 0, width: document.documentElement.clientWidth, height: innerHeight },
      };
    });
  const standing = await until('a badge', read, (seen) => seen !== null);
  assert.ok(standing);
  return standing;
}

function holds(outer: Box, inner: Box): boolean {
  const right = inner.left + inner.width <= outer.left + outer.width + 0.5;
  const bottom = inner.top + inner.height <= outer.top + outer.height + 0.5;
  return inner.left >= outer.left - 0.5 && inner.top >= outer.top - 0.5 && right && bottom;
}

function meets(one: Box, other: Box): boolean {
  const across = one.left < other.left + other.width && other.left < one.left + one.width;
  return across && one.top < other.top + other.height && other.top < one.top + one.height;
}

function common(one: Box, other: Box): Box {
  const [left, top] = [Math.max(one.left, other.left), Math.max(one.top, other.top)];
  const right = Math.min(one.left + one.width, other.left + other.width);
  const bottom = Math.min(one.top + one.height, other.top + other.height);
  return { left, top, width: right - left, height: bottom - top };
}

/** The badge is on what is visible of the picture, whole, and off every control. */
async function checkBadge(stage: Stage): Promise<Standing> {
  const standing = await readStanding(stage);
  const { badge, dot, picture, shown, controls, clipped, viewport } = standing;
  const what = JSON.stringify(standing);
  assert.equal(dot, null, what);
  assert.ok(holds(common(common(picture, shown ?? picture), viewport), badge), `inside what is visible: ${what}`);
  for (const control of controls) assert.ok(!meets(badge, control), `off the controls: ${what}`);
  assert.ok(!clipped, `whole: ${what}`);
  return standing;
}

/** A dot is on what is visible of the picture and off every control; the badge beside it, whole, and in the window. */
async function checkDot(stage: Stage): Promise<Standing> {
  const standing = await readStanding(stage);
  const { badge, dot, picture, shown, controls, clipped, viewport } = standing;
  const what = JSON.stringify(standing);
  assert.ok(dot, what);
  const visible = common(common(picture, shown ?? picture), viewport);
  assert.ok(holds(visible, dot), `inside what is visible: ${what}`);
  for (const control of controls) assert.ok(!meets(dot, control), `off the controls: ${what}`);
  assert.ok(!meets(badge, visible), `beside the picture: ${what}`);
  const [x, y] = [gap(badge.left, badge.width, visible.left, visible.width), gap(badge.top, badge.height, visible.top, visible.height)];
  assert.ok(x <= 12 && y <= 12, `near it: ${what}`);
  assert.ok(holds(viewport, badge) && !clipped, `whole: ${what}`);
  return standing;
}

function gap(start: number, size: number, otherStart: number, otherSize: number): number {
  return Math.max(0, otherStart - start - size, start - otherStart - otherSize);
}

const rightOf = ({ badge, picture }: Standing): boolean => badge.left >= picture.left + picture.width;
const leftOf = ({ badge, picture }: Standing): boolean => badge.left + badge.width <= picture.left;

type Look = (stage: Stage) => Promise<void>;

const onPicture: Look = async (stage) => {
  await checkBadge(stage);
};
const besidePicture: Look = async (stage) => {
  await checkDot(stage);
};

/** Checks where a badge is, or a dot, and then more of it. */
function also(check: (stage: Stage) => Promise<Standing>, wanted: (standing: Standing) => boolean, what: string): Look {
  return async (stage) => {
    const standing = await check(stage);
    assert.ok(wanted(standing), `${what}: ${JSON.stringify(standing)}`);
  };
}

/** Points at what is left of a picture, after a script has run in the page: a scroll. */
function pointAfter(script: string, x: number, y: number): Look {
  return async ({ page }) => {
    await page.evaluate(script);
    await frames(page, 2);
    await page.mouse.move(x, y, { steps: 3 });
    await frames(page, 2);
  };
}

function image({ shown }: Pictures, width: number, height: number, more = ''): string {
  return `<img id="target" width="${width}" height="${height}" src="${thumbnailUrl(shown)}" alt="" ${more}>`;
}

let pages = 0;

function page(name: string, body: (pictures: Pictures) => string, check: Look, more: Partial<GalleryPage> = {}): GalleryPage {
  const url = `https://standing.example/${++pages}`;
  return { name: `standing: ${name}`, url, html: body, expects: 'answer', check, settings: { opensCard: false }, ...more };
}

/** A box that things are put on, in its corners. */
function box(width: number, height: number, inner: string): string {
  return `<style>.box { position: relative; width: ${width}px; height: ${height}px }
    .box > :not(img, video) { position: absolute } .box button { width: 32px; height: 32px; padding: 0 }
    .time { right: 4px; bottom: 4px; padding: 1px 4px; background: #000c; color: #fff; font: 12px sans-serif }
    .cover { inset: 0 }</style><div class="box">${inner}</div>`;
}

/** YouTube's player before it plays, in the size of its box. */
function cued({ shown }: Pictures, size: string): string {
  return `<style>.player { position: relative; ${size}; overflow: hidden; background: #000 }
    .player > * { position: absolute } #target { inset: 0; background: url("${thumbnailUrl(shown)}") center / cover }
    .title { top: 0; left: 0; right: 0; height: 60px; background: linear-gradient(#000a, #0000); color: #fff }
    .title a { position: absolute; left: 12px; top: 10px; width: 40px; height: 40px; border-radius: 50%; background: #888 }
    .title .name { position: absolute; left: 64px; top: 18px; right: 120px; font: 18px/24px sans-serif; white-space: nowrap;
      overflow: hidden; color: #fff; width: auto; height: auto; background: none; border-radius: 0 }
    .title button { position: absolute; top: 8px; width: 46px; height: 46px; background: none; border: 0 }
    .play { left: 50%; top: 50%; width: 68px; height: 48px; margin: -24px -34px; background: #f00; border: 0 }
    .logo { left: 0; bottom: 0; width: 172px; height: 47px; background: #171717cc; color: #fff; font: 14px/47px sans-serif }
    </style><div class="player"><div id="target"></div><div class="title"><a class="control" href="/channel"></a>
    <a class="name control" href="/watch">A video with a name of some length</a>
    <button class="control" style="right: 56px" aria-label="Watch later"></button>
    <button class="control" style="right: 8px" aria-label="Share"></button></div>
    <button class="play control" aria-label="Play"></button><a class="logo control" href="/watch">Watch on YouTube</a></div>`;
}

const TIME = '<span class="time control">12:34</span>';

export const STANDING: readonly GalleryPage[] = [
  page('a picture with nothing on it has it at the top, where lines begin', (p) => image(p, 320, 180), also(
    checkBadge, ({ badge, picture }) => Math.abs(badge.left - picture.left - 6) < 1 && Math.abs(badge.top - picture.top - 6) < 1, 'corner')),
  page('a carousel, its first picture half scrolled out', (p) => `<div class="shown" id="row" style="display: flex; gap: 8px; width: 500px; margin-left: 200px;
    overflow: hidden"><img id="target" width="320" height="180" style="flex: none" src="${thumbnailUrl(p.shown)}" alt="">
    <div style="flex: none; width: 900px; height: 180px; background: #ddd"></div></div>`, onPicture, {
    act: pointAfter('document.getElementById("row").scrollLeft = 140; scrollTo(0, 0)', 260, 100) }),
  page('a carousel, of whose last picture a strip is left', (p) => `<div class="shown" id="row" style="display: flex; width: 500px; overflow: auto hidden;
    scrollbar-width: none; margin: 40px"><div style="flex: none; width: 420px; height: 180px; background: #ddd"></div>
    <img id="target" width="320" height="180" style="flex: none" src="${thumbnailUrl(p.shown)}" alt=""></div>`, besidePicture, {
    act: pointAfter('scrollTo(0, 0)', 510, 120) }),
  page('below a sticky header', (p) => `<header class="control" style="position: sticky; top: 0; height: 80px; background: #fff; z-index: 2">Site</header>
    <div style="height: 300px"></div>${image(p, 320, 180)}<div style="height: 2000px"></div>`, onPicture, {
    act: pointAfter('scrollTo(0, document.getElementById("target").getBoundingClientRect().top + scrollY - 20)', 100, 160) }),
  page('below a fixed bar as wide as the picture, as on a phone', (p) => `<div style="width: 360px"><nav class="control" style="position: fixed;
    left: 16px; top: 0; width: 360px; height: 56px; background: #222e; z-index: 2"></nav><div style="height: 300px"></div>
    ${image(p, 360, 202)}<div style="height: 2000px"></div></div>`, onPicture, {
    act: pointAfter('scrollTo(0, document.getElementById("target").getBoundingClientRect().top + scrollY - 10)', 120, 150) }),
  page('a 16:9 picture that its box crops to 4:3', (p) => `<div class="shown" style="width: 240px; height: 180px; margin-left: 60px; overflow: hidden">
    ${image(p, 320, 180, 'style="margin-left: -40px; max-width: none"')}</div>`, onPicture),
  page('a picture that its box crops above and below', (p) => `<div class="shown" style="width: 320px; height: 120px; overflow: hidden; border-radius: 16px">
    ${image(p, 320, 240, 'style="margin-top: -60px"')}</div>`, onPicture),
  page('a picture that begins left of the window', (p) => `<div style="margin-left: -150px">${image(p, 320, 180)}</div>`, onPicture, {
    act: pointAfter('scrollTo(0, 0)', 80, 100) }),
  page('a scrolling list whose edge leaves a strip', (p) => `<div class="shown" id="list" style="width: 400px; height: 300px; overflow: auto">${image(p, 320, 180)}
    <div style="height: 900px"></div></div>`, besidePicture, {
    act: pointAfter('document.getElementById("list").scrollTop = 152; scrollTo(0, 0)', 200, 30) }),
  page('100 px with a title beside it', (p) => `<div style="display: flex; gap: 12px; margin: 120px 300px; width: 500px">${image(p, 100, 56)}
    <p style="margin: 0">A title that is as long as titles are, in a list of videos beside another one</p></div>`, besidePicture),
  page('100 px with nothing around it has its badge after it', (p) => `<div style="margin: 200px 300px">${image(p, 100, 56)}</div>`,
    also(checkDot, rightOf, 'after the picture')),
  page('120 px on a right-to-left page has its badge at the left', (p) => `<div dir="rtl" style="margin: 200px 300px">${image(p, 120, 68)}</div>`, also(
    checkDot, (standing) => leftOf(standing) && (standing.dot?.left ?? 0) > standing.picture.left + 60, 'mirrored')),
  page('100 px at the right edge of the window', (p) => `<div style="position: absolute; right: 4px; top: 200px">${image(p, 100, 56)}</div>`,
    also(checkDot, leftOf, 'before the picture')),
  page('100 px in the lower right corner of the window', (p) => `<div style="position: fixed; right: 4px; bottom: 4px">${image(p, 100, 56)}</div>`, besidePicture),
  page('a wall of pictures of 100 px', (p) => `<div style="display: flex; flex-wrap: wrap; gap: 4px">${
    Array.from({ length: 60 }, (_, i) => `<img ${i === 30 ? 'id="target"' : ''} width="100" height="56" src="${thumbnailUrl(p.shown)}" alt="">`).join('')}</div>`, besidePicture),
  page('a checkbox in the corner where lines begin', (p) => box(320, 180, `${image(p, 320, 180)}
    <input class="control" type="checkbox" style="left: 6px; top: 6px; width: 24px; height: 24px">${TIME}`), onPicture),
  page('a LIVE badge of the site in that corner', (p) => box(320, 180, `${image(p, 320, 180)}<div style="left: 0; top: 0; right: 0; padding: 8px">
    <span class="control" style="background: #c00; color: #fff; padding: 2px 6px">LIVE</span></div>${TIME}`), onPicture),
  page('a word and an icon that its style sheet draws', (p) => box(320, 180, `<style>.box i::before { content: "NEW"; color: #fff; background: #06c }
    .box b { width: 28px; height: 28px; background: #06c; border-radius: 50% }</style>${image(p, 320, 180)}
    <i class="control" style="left: 8px; top: 8px"></i><b class="control" style="right: 8px; top: 8px"></b>${TIME}`), onPicture),
  page('buttons that fade in at the other corner while one points', (p) => box(320, 180, `<style>.box button { opacity: 0; transition: opacity 300ms 200ms }
    .box:hover button { opacity: 1 }</style>${image(p, 320, 180)}<a class="cover" href="/watch?v=x"></a>
    <button class="control" style="right: 6px; top: 6px" aria-label="Watch later"></button>
    <button class="control" style="right: 6px; top: 44px" aria-label="Add to queue"></button>${TIME}`), onPicture),
  page('a close button, a menu and a progress bar', (p) => box(240, 135, `${image(p, 240, 135)}<button class="control" style="left: 4px; top: 4px">×</button>
    <div class="control" role="button" tabindex="0" style="right: 4px; top: 4px; width: 32px; height: 32px">⋮</div>${TIME}
    <div class="control" role="progressbar" style="left: 0; right: 0; bottom: 0; height: 4px; background: #f00"></div>`), onPicture),
  page('on a right-to-left page with a menu in its first corner', (p) => `<div dir="rtl">${box(320, 180, `${image(p, 320, 180)}
    <button class="control" style="right: 4px; top: 4px">⋮</button>`)}</div>`, onPicture),
  page('bars above and below, a play button in the middle', (p) => box(400, 225, `${image(p, 400, 225)}
    <a class="control" href="/a" style="inset: 0 0 auto; height: 40px; background: #0008">Title</a>
    <button class="control" style="left: 166px; top: 88px; width: 68px; height: 48px">▶</button>
    <a class="control" href="/b" style="inset: auto 0 0; height: 40px; background: #0008">More</a>`), onPicture),
  page('160 px with a play button that fills its middle', (p) => box(160, 90, `${image(p, 160, 90)}
    <button class="control" style="left: 40px; top: 10px; width: 80px; height: 70px">▶</button>`), besidePicture),
  page('a video with the browser’s own controls', ({ shown }) => `<video id="target" controls width="320" height="180" preload="none"
    poster="${thumbnailUrl(shown)}"></video>`, also(
    checkBadge, ({ badge, picture }) => badge.top + badge.height <= picture.top + picture.height - 60, 'above the controls')),
  page('an embedded video before it plays', (p) => cued(p, 'width: 560px; height: 315px'), onPicture),
  page('a small embedded video before it plays', (p) => cued(p, 'width: 320px; height: 180px'), onPicture),
  { ...page('a video’s embed as a page of its own', (p) => `<style>body { padding: 0 !important }</style>${cued(p, 'width: 100vw; height: 100vh')}`, onPicture),
    url: 'https://www.youtube-nocookie.com/embed/standing' },
  page('it follows while the page scrolls', (p) => `<div style="height: 300px"></div>${image(p, 320, 180)}<div style="height: 2000px"></div>`, async (stage) => {
    const before = await checkBadge(stage);
    await stage.page.evaluate(() => scrollBy(0, 60));
    const after = await checkBadge(stage);
    assert.ok(Math.abs(before.badge.top - after.badge.top - 60) < 1, JSON.stringify([before, after]));
  }),
  page('a header that comes in while one points', (p) => `<header id="bar" class="control" style="position: fixed; inset: -90px 0 auto; height: 80px; background: #fff"></header>
    <div style="height: 40px"></div>${image(p, 320, 180)}<div style="height: 2000px"></div>`, async (stage) => {
    await stage.page.evaluate(() => document.getElementById('bar')?.style.setProperty('top', '0'));
    const off = async (): Promise<boolean> => (await readStanding(stage)).badge.top >= 80;
    assert.ok(await until('below the header', off, (is) => is));
  }, { act: pointAfter('scrollTo(0, 0)', 100, 180) }),
  page('above the pointer’s picture in a zoomed page', (p) => `<style>html { zoom: 1.25 }</style>${box(320, 180, `${image(p, 320, 180)}
    <button class="control" style="left: 4px; top: 4px">⋮</button>`)}`, onPicture),
];
