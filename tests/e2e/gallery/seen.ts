/** What is really seen of a thumbnail: slides, covers, veils, links and frames above it, and Shorts, which are upright. */
import assert from 'node:assert/strict';
import type { Stage } from '../stage.ts';
import { thumbnailUrl, type Expectation, type GalleryPage, type Pictures } from './page.ts';

const STYLE = `<style>
  .box { position: relative; width: 320px; height: 180px } .fill { position: absolute; inset: 0; width: 320px; height: 180px }
  .none { pointer-events: none } a, button { display: block; padding: 0; border: 0 }
</style>`;

type Build = (parts: { target: string; shown: string; other: string }) => string;

function seen(name: string, path: string, expects: Expectation, build: Build, more: Partial<GalleryPage> = {}): GalleryPage {
  return { name, url: `https://seen.example/${path}`, expects, html: (pictures) => STYLE + build(partsOf(pictures)), ...more };
}

function partsOf({ shown, other }: Pictures): Parameters<Build>[0] {
  const address = thumbnailUrl(shown);
  return { target: `<img id="target" class="fill" src="${address}" alt="">`, shown: address, other: thumbnailUrl(other) };
}

function box(...content: readonly string[]): string {
  return `<div class="box">${content.join('')}</div>`;
}

const SLIDES: readonly GalleryPage[] = [
  seen('a slide that waits above the one that is seen', 'slide', 'answer', ({ target, other }) =>
    box(target, `<img class="fill" style="opacity: 0" src="${other}" alt="">`),
  ),
  seen('a slide in a box that waits, with a background', 'slide-box', 'answer', ({ target, other }) =>
    box(target, `<div class="fill" aria-hidden="true" style="opacity: 0; background: #fff"><img class="fill" src="${other}" alt=""></div>`),
  ),
  seen('slides in a link that the pointer does not touch', 'slide-link', 'answer', ({ target, other }) =>
    `<a class="box" href="#a"><img class="fill none" style="visibility: hidden" src="${other}" alt="">${target.replace('fill', 'fill none')}
      <img class="fill none" style="opacity: 0.01" src="${other}" alt=""></a>`,
  ),
  seen('a slide that is clipped away', 'slide-clip', 'answer', ({ target, other }) =>
    `<a class="box" href="#a">${target.replace('fill', 'fill none')}<img class="fill none" style="clip-path: inset(50%)" src="${other}" alt=""></a>`,
  ),
];

const COVERS: readonly GalleryPage[] = [
  seen('a picture below another picture', 'below', 'silent', ({ target }) =>
    box(target, '<img class="fill" src="/photo.jpg" alt="">'), { copies: () => ['https://seen.example/photo.jpg'] },
  ),
  seen('an advertisement over a player', 'advertisement', 'silent', ({ target }) =>
    box(target, '<div class="fill" style="background: #204080">Buy this</div>'),
  ),
  seen('a veil of sensitive content', 'veil', 'silent', ({ target }) =>
    box(target, '<button class="fill" style="background: rgb(0 0 0 / 0.2); backdrop-filter: blur(24px)">Show</button>'),
  ),
  seen('a veil that the pointer does not touch', 'veil-none', 'silent', ({ target }) =>
    `<a class="box" href="#a">${target}<span class="fill none" style="background: #000">Spoiler</span></a>`,
  ),
  seen('a veil of the link around the picture', 'veil-after', 'silent', ({ target }) =>
    `<style>#veiled::after { content: ""; position: absolute; inset: 0; background: #222 }</style><a id="veiled" class="box" href="#a">${target}</a>`,
  ),
  seen('a spoiler, blurred', 'blurred', 'silent', ({ target }) => `<div style="filter: blur(20px)">${box(target)}</div>`),
  seen('a frame with something in it above the picture', 'frame', 'silent', ({ target }) =>
    box(target, '<iframe class="fill" style="border: 0" srcdoc="<body style=\'background: #fff\'>Advertisement"></iframe>'),
  ),
  seen('an empty frame above the picture', 'empty-frame', 'answer', ({ target }) =>
    box(target, '<iframe class="fill" style="border: 0" srcdoc="<body style=\'margin: 0\'>"></iframe>'),
  ),
  seen('a shade and a play button above the picture', 'shade', 'answer', ({ target }) =>
    box(target, `<div class="fill" style="background: rgb(0 0 0 / 0.5)"></div>
      <svg style="position: absolute; left: 130px; top: 60px; width: 60px; height: 60px; background: #f00"></svg>`),
  ),
  seen('a play button as a background in the middle of a box', 'symbol', 'answer', ({ target }) =>
    box(target, '<div class="fill" style="background: url(/play.jpg) center no-repeat"></div>'),
    { copies: () => ['https://seen.example/play.jpg'] },
  ),
  seen('a layer that blends with the picture', 'blend', 'answer', ({ target }) =>
    box(target, '<div class="fill" style="background: #f60; mix-blend-mode: multiply"></div>'),
  ),
];

/** A card much larger than its picture, with a link above all of it. */
function card(content: string, background: string): string {
  return `<article style="position: relative; width: 320px; height: 420px">${content}<h3 style="padding-top: 190px">A title</h3>
    <a href="#a" style="position: absolute; inset: 0; background: ${background}"></a></article>`;
}

const LINKS: readonly GalleryPage[] = [
  seen('a link over the whole card, with a faint gradient', 'gradient', 'answer', ({ target }) =>
    card(target, 'linear-gradient(rgb(0 0 0 / 0.05), rgb(0 0 0 / 0.2))'),
  ),
  seen('a link over the whole card, dark below', 'gradient-dark', 'answer', ({ target }) =>
    card(target, 'linear-gradient(to top, #000, transparent)'),
  ),
  seen('a link over the whole card, opaque', 'gradient-opaque', 'silent', ({ target }) =>
    card(target, 'linear-gradient(to top, #000, #333 70%, #3338)'),
  ),
  seen('a picture that the pointer does not touch, below the link of its card', 'card', 'answer', ({ target }) =>
    card(target.replace('fill', 'fill none'), 'none'),
  ),
  seen('a picture that the pointer does not touch, in a button', 'button', 'answer', ({ target }) =>
    `<button class="box">${target.replace('fill', 'fill none')}</button>`,
  ),
  seen('a background that the pointer does not touch, in what acts as a link', 'role', 'answer', ({ shown }) =>
    `<style>#target { background: url("${shown}") center / cover }</style>
      <div class="box" role="link" tabindex="0"><div id="target" class="fill none"></div></div>`,
  ),
  seen('a picture after 300 other elements of its link', 'many', 'answer', ({ target }) =>
    `<a class="box" href="#a">${'<i></i>'.repeat(300)}${target.replace('fill', 'fill none')}</a>`,
  ),
  seen('a background after 300 other elements of its link', 'many-background', 'answer', ({ shown }) =>
    `<a class="box" href="#a">${'<i></i>'.repeat(300)}<b id="target" class="fill none" style="background: url('${shown}') center / cover"></b></a>`,
  ),
];

/** An upright picture: the badge says that it is not compared, and nothing is asked for. */
function short(name: string, path: string, build: Build): GalleryPage {
  return seen(name, path, 'short', build, { check: askedNothing });
}

function askedNothing({ site }: Stage): Promise<void> {
  const asked = site.asked.filter(({ destination }) => destination === 'empty').map(({ path }) => path);
  assert.deepEqual(asked, [], 'nothing is fetched for a Short');
  return Promise.resolve();
}

const UPRIGHT = 'width: 180px; height: 320px';

const SHORTS: readonly GalleryPage[] = [
  short('a Short in its own shape', 'short', ({ shown }) =>
    `<img id="target" style="${UPRIGHT}; object-fit: cover" src="${shown.replace('hqdefault', 'oardefault')}" alt="">`,
  ),
  short('a Short cropped from the usual size', 'short-cropped', ({ shown }) =>
    `<img id="target" style="${UPRIGHT}; object-fit: cover" src="${shown}" alt="">`,
  ),
  short('a Short cropped by the box around it', 'short-box', ({ shown }) =>
    `<div style="${UPRIGHT}; overflow: hidden"><img id="target" style="height: 320px; margin-left: -120px" src="${shown}" alt=""></div>`,
  ),
  short('a Short as a background', 'short-background', ({ shown }) =>
    `<div id="target" style="${UPRIGHT}; background: url('${shown}') center / cover"></div>`,
  ),
  short('a Short in a usual frame, told by its link', 'short-link', ({ target, shown }) =>
    `<a class="box" href="https://www.youtube.com/shorts/${shown.split('/')[4] ?? ''}">${target}</a>`,
  ),
  seen('a usual thumbnail in a square', 'square', 'answer', ({ shown }) =>
    `<img id="target" style="width: 200px; height: 200px; object-fit: cover" src="${shown}" alt="">`,
  ),
  seen('a usual thumbnail, whole in an upright box', 'upright', 'answer', ({ shown }) =>
    `<img id="target" style="${UPRIGHT}; object-fit: contain" src="${shown}" alt="">`,
  ),
  seen('a usual thumbnail that a list cuts off', 'scrolled', 'answer', ({ shown }) =>
    `<div style="width: 120px; height: 180px; overflow: hidden"><img id="target" width="320" height="180" src="${shown}" alt=""></div>`,
    { act: ({ page }) => page.mouse.move(60, 90, { steps: 3 }) },
  ),
];

export const SEEN: readonly GalleryPage[] = [...SLIDES, ...COVERS, ...LINKS, ...SHORTS];
