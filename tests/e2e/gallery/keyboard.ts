/** What the keyboard reaches, what Esc closes and who hears of it, and the signs of the states. */
import assert from 'node:assert/strict';
import { frames, hover, leave, readBadge, until, waitForNoBadge } from '../badge.ts';
import { preferring } from '../card-access.ts';
import { readCard, waitForCard, waitForNoCard } from '../card.ts';
import { expectAnswer, FRAMES, shown as answered } from '../case-stage.ts';
import type { Stage } from '../stage.ts';
import { thumbnailUrl, videoId, type GalleryPage, type Pictures } from './page.ts';

const MOST_TABS = 12;

/** Presses Tab until the focus is on `#at`, as somebody without a pointer comes there. */
async function tabTo({ page }: Stage): Promise<void> {
  await leave(page);
  await waitForNoBadge(page);
  for (let press = 0; press < MOST_TABS; press++) {
    await page.keyboard.press('Tab');
    const isThere = await page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element?.id === 'at';
    });
    if (isThere) return;
  }
  assert.fail('Tab does not reach #at');
}

let pages = 0;

function page(name: string, html: GalleryPage['html'], more: Partial<GalleryPage> = {}): GalleryPage {
  return { name: `keyboard: ${name}`, url: `https://keyboard.example/${++pages}`, html, expects: 'answer', act: tabTo, ...more };
}

function picture({ shown }: Pictures, more = ''): string {
  return `<img width="320" height="180" src="${thumbnailUrl(shown)}" alt="" ${more}>`;
}

function watch({ shown }: Pictures): string {
  return `https://www.youtube.com/watch?v=${videoId(shown)}`;
}

const OVER = 'style="position: absolute; left: 130px; top: 66px; width: 60px; height: 48px"';

/** Notes the keys that the page hears from now on: an older listener of its own would hear them before anybody. */
async function point({ page: current }: Stage): Promise<void> {
  await current.evaluate(() => {
    const keys: string[] = [];
    Object.assign(window, { heard: keys });
    for (const type of ['keydown', 'keyup'] as const) {
      addEventListener(type, ({ key, defaultPrevented }) => keys.push(`${type} ${key}${defaultPrevented ? ' prevented' : ''}`), true);
    }
  });
  await hover(current, 'target', 3);
}

function heard({ page: current }: Stage): Promise<string[]> {
  return current.evaluate(() => (window as unknown as { heard: string[] }).heard);
}

/** Points at the picture and stays until its card is open. */
async function stay(stage: Stage): Promise<void> {
  await hover(stage.page, 'target', 5);
  await waitForCard(stage.page, () => true);
}

/** Opens the card, goes into a field and presses Esc: the card goes, and the field hears the key. */
function inField(focus: string): (stage: Stage) => Promise<void> {
  return async (stage) => {
    await stage.page.evaluate(focus);
    await stay(stage);
    await stage.page.keyboard.press('Escape');
    await waitForNoCard(stage.page);
    assert.deepEqual(await heard(stage), ['keydown Escape', 'keyup Escape']);
  };
}

function escapePages(): GalleryPage[] {
  const target = (p: Pictures): string => picture(p, 'id="target"');
  const pointed = { act: point };
  return [
    page('Esc with a card is the card’s, pressed, held and let go', target, { ...pointed, check: async (stage) => {
      await stay(stage);
      await stage.page.keyboard.down('Escape');
      await stage.page.keyboard.down('Escape');
      await stage.page.keyboard.up('Escape');
      await waitForNoCard(stage.page);
      assert.equal(await readBadge(stage.page), null);
      assert.deepEqual(await heard(stage), []);
      await stage.page.keyboard.press('Escape');
      assert.deepEqual(await heard(stage), ['keydown Escape', 'keyup Escape'], 'the next one is the page’s');
    } }),
    page('Esc with a badge alone hides it, and the page hears it', target, { ...pointed, settings: { opensCard: false }, check: async (stage) => {
      await stage.page.keyboard.press('Escape');
      await waitForNoBadge(stage.page);
      assert.deepEqual(await heard(stage), ['keydown Escape', 'keyup Escape']);
    } }),
    page('Esc in an input is the page’s', (p) => `${target(p)}<input id="field">`, { ...pointed, check: inField('document.getElementById("field").focus()') }),
    page('Esc in an editable text is the page’s', (p) => `${target(p)}<div id="field" contenteditable>Text</div>`, {
      ...pointed, check: inField('document.getElementById("field").focus()') }),
    page('Esc in a field of a closed shadow root is the page’s', (p) => `${target(p)}<x-field></x-field><script>{
      const root = document.querySelector('x-field').attachShadow({ mode: 'closed' }); root.innerHTML = '<textarea></textarea>';
      window.field = root.firstChild; }</script>`, { ...pointed, check: inField('window.field.focus()') }),
    page('Esc in a combobox is the page’s', (p) => `${target(p)}<div id="field" role="combobox" tabindex="0">Choose</div>`, {
      ...pointed, check: inField('document.getElementById("field").focus()') }),
    page('Esc in a field of a frame is the frame’s', (p) => `${target(p)}<iframe srcdoc="<input autofocus><script>onkeydown = ({ key }) => parent.heard.push(key)</script>"></iframe>`, {
      ...pointed, check: async (stage) => {
        await stay(stage);
        const frame = stage.page.frames().find((candidate) => candidate !== stage.page.mainFrame());
        await frame?.evaluate(() => document.querySelector('input')?.focus());
        await stage.page.keyboard.press('Escape');
        await until('the frame hears it', () => heard(stage), (keys) => keys.includes('Escape'));
      } }),
  ];
}

function settingPages(): GalleryPage[] {
  return [
    page('where the card opens by a key alone, staying opens none', (p) => picture(p, 'id="target"'), {
      settings: { opensCard: false },
      act: point,
      check: async ({ page: current }) => {
        await frames(current, 2 * FRAMES + 30);
        assert.equal(await readCard(current), null);
        await current.keyboard.down('Alt');
        await current.keyboard.press('ArrowDown');
        await current.keyboard.up('Alt');
        const card = await waitForCard(current, ({ focused }) => focused);
        const [none = ''] = card.notes.map((note) => /^<?\d+\s%/u.exec(note)?.[0] ?? '').filter((text) => text !== '');
        const shares = [...card.rows, none].map((row) => Number(/(<?\d+)\s%$/u.exec(row)?.[1]?.replace('<1', '0')));
        assert.equal(shares.reduce((sum, share) => sum + share, 0), 100, [...card.rows, none].join());
        await current.keyboard.press('Escape');
        await waitForNoCard(current);
      },
    }),
  ];
}

const STATES = ['known', 'lookalike', 'unknown', 'error', 'waiting', 'question'];

/** The shape and the colours of each state's sign, on the badge and on the dot. */
function readSigns({ page: current }: Stage): Promise<{ shape: string; dotShape: string; ground: string; edge: string }[]> {
  return current.evaluate((states) => {
    const root = document.querySelector('thumbprint-badge')?.shadowRoot;
    const [badge, text, dot] = ['.badge', '.text', '.dot'].map((selector) => root?.querySelector<HTMLElement>(selector));
    if (!badge || !text || !dot) throw new Error('no badge');
    const was = badge.dataset['state'];
    const signs = states.map((state) => {
      badge.dataset['state'] = dot.dataset['state'] = state;
      const sign = getComputedStyle(text, '::before');
      const dotSign = getComputedStyle(dot, '::before');
      const { outlineStyle, outlineWidth } = getComputedStyle(badge);
      const edge = `${outlineStyle} ${outlineWidth}`;
      return { shape: sign.clipPath, dotShape: dotSign.clipPath, ground: sign.backgroundColor, edge };
    });
    badge.dataset['state'] = dot.dataset['state'] = was;
    return signs;
  }, STATES);
}

/** Every state has a shape of its own; where colours are forced, that is all there is. */
function checkSigns(features: Record<string, string>, colours: number, edge: string): (stage: Stage) => Promise<void> {
  return (stage) =>
    preferring(stage, features, async () => {
      await hover(stage.page, 'target', 2);
      await expectAnswer(stage.page, answered);
      const signs = await readSigns(stage);
      assert.equal(new Set(signs.map(({ shape }) => shape)).size, STATES.length, JSON.stringify(signs));
      assert.ok(signs.every(({ shape, dotShape }) => shape === dotShape && shape !== 'none'), JSON.stringify(signs));
      if (stage.name !== 'chromium') return; // Firefox cannot be told what a person prefers
      assert.equal(new Set(signs.map(({ ground }) => ground)).size, colours, JSON.stringify(signs));
      assert.equal(signs[0]?.edge, edge);
    });
}

function contrastPages(): GalleryPage[] {
  const target = ({ shown }: Pictures): string => `<img id="target" width="120" height="68" src="${thumbnailUrl(shown)}" alt="">`;
  const settings = { opensCard: false };
  return [
    page('each state has a shape of its own', target, { act: point, settings, check: checkSigns({}, STATES.length, 'solid 1px') }),
    page('with forced colours the shapes have one colour', target, { act: point, settings, check: checkSigns({ 'forced-colors': 'active' }, 1, 'solid 1px') }),
    page('with more contrast the badge has an edge', target, { act: point, settings, check: checkSigns({ 'prefers-contrast': 'more' }, STATES.length, 'solid 2px') }),
  ];
}

export const KEYBOARD: readonly GalleryPage[] = [
  page('a title beside the link of its picture, on any site', (p) => `<div><a href="${watch(p)}" tabindex="-1">${picture(p)}</a>
    <div><h3><a id="at" href="${watch(p)}">A title</a></h3><p>3 days ago</p></div></div>`),
  page('a title below a background, in a list', (p) => `<ul><li><div style="width: 320px; height: 180px; background: url('${thumbnailUrl(p.shown)}') center / cover"></div>
    <a id="at" href="/watch?v=${videoId(p.shown)}">A title</a></li><li><img width="320" height="180" src="${thumbnailUrl(p.other)}" alt=""></li></ul>`),
  page('a link next to its picture', (p) => `<p>${picture(p)} <a id="at" href="https://youtu.be/${videoId(p.shown)}">Watch it</a></p>`),
  page('titles in a row of a table of their own', (p) => `<table><tr><td><img width="200" height="112" src="${thumbnailUrl(p.other)}" alt=""></td>
    <td>${picture(p)}</td></tr><tr><td><a href="/v/${videoId(p.other)}">One</a></td><td><a id="at" href="/v/${videoId(p.shown)}">Two</a></td></tr></table>`),
  page('a title of YouTube’s', (p) => `<ytd-rich-item-renderer><div><a href="/watch?v=${videoId(p.shown)}" tabindex="-1">${picture(p)}</a></div>
    <div><a id="at" href="/watch?v=${videoId(p.shown)}">A title</a><a href="/@channel">Channel</a></div></ytd-rich-item-renderer>`),
  page('a play button on a picture', (p) => `<div style="position: relative">${picture(p)}<button id="at" ${OVER}>▶</button></div>`),
  page('a play button beside a picture', (p) => `<div style="display: flex; width: 500px">${picture(p)}<button id="at">Play</button></div>`),
  page('a button of a role, around it', (p) => `<div id="at" role="button" tabindex="0">${picture(p)}</div>`),
  page('a card that takes the focus itself', (p) => `<div id="at" tabindex="0" style="width: 320px">${picture(p)}<p>A title</p></div>`),
  page('a cell of a grid', (p) => `<div role="grid"><div role="row"><div id="at" role="gridcell" tabindex="0" style="width: 320px">${picture(p)}</div></div></div>`),
  page('an article of a feed', (p) => `<article id="at" role="article" tabindex="0" style="width: 400px">Somebody wrote <div>${picture(p)}</div></article>`),
  page('an option of a list', (p) => `<div role="listbox" tabindex="-1"><div id="at" role="option" tabindex="0">${picture(p)}</div></div>`),
  page('a link by its role alone', (p) => `<div style="width: 320px">${picture(p)}<span id="at" role="link" tabindex="0">A title</span></div>`),
  page('an area of an image map', (p) => `${picture(p, 'usemap="#m"')}<map name="m"><area id="at" shape="rect" coords="0,0,320,180" href="${watch(p)}" alt="Watch"></map>`),
  page('a video with a poster', (p) => `<video id="at" tabindex="0" width="320" height="180" poster="${thumbnailUrl(p.shown)}"></video>`),
  page('a summary with its picture', (p) => `<details><summary id="at">${picture(p)}</summary>More</details>`),
  page('a card in an open shadow root', (p) => `<x-card></x-card><script>document.querySelector('x-card').attachShadow({ mode: 'open' }).innerHTML =
    '<div>${picture(p).replaceAll("'", '')}<a id="at" href="${watch(p)}">A title</a></div>';</script>`),
  page('the link of another video in the same card says nothing', (p) => `<div>${picture(p)}<a id="at" href="https://youtu.be/${videoId(p.other)}">Another</a></div>`,
    { expects: 'silent' }),
  page('a channel’s link in a card says nothing', (p) => `<div>${picture(p)}<a id="at" href="/@channel">Channel</a></div>`, { expects: 'silent' }),
  page('a menu in a card says nothing', (p) => `<div style="width: 320px">${picture(p)}<button id="at" aria-haspopup="menu">⋮</button></div>`, { expects: 'silent' }),
  page('a list that takes the focus says nothing', (p) => `<div id="at" tabindex="0">${picture(p)}<img width="320" height="180" src="${thumbnailUrl(p.other)}" alt=""></div>`,
    { expects: 'silent' }),
  page('a button of the header says nothing', (p) => `<div><header style="padding: 20px"><button id="at">Menu</button></header><main style="padding: 40px">
    ${picture(p)}<p style="height: 900px">Text</p></main></div>`, { expects: 'silent' }),
  ...escapePages(),
  ...settingPages(),
  ...contrastPages(),
];
