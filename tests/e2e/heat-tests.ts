/** *Why?* in the card: heat exactly over the thumbnail, for as long as it was asked for, and for nobody else's picture. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { frames, hover, leave, readBadge, waitForNoBadge } from './badge.ts';
import { setViewport, VIEWPORT, type BrowserName } from './browser.ts';
import { assertReadable, preferring } from './card-access.ts';
import { clickButton, openCard, readCard, waitForCard, waitForNoCard, type Card } from './card.ts';
import { expectAnswer, FRAMES, open, shown, SUITE_TIMEOUT, TIMEOUT } from './case-stage.ts';
import { addressOf, TARGET, type Case } from './cases.ts';
import { boxOf, distance, readWhy, waitForHeat, waitForNoHeat, waitForWhy } from './heat.ts';
import { serveModel, type ModelServer, unexplained } from './model-server.ts';
import { ask } from './own-page.ts';
import { changeSettings, inExtension } from './settings.ts';
import { shareOf } from './share.ts';
import type { Stage } from './stage.ts';

const COMMAND = 'python -m backend serve RUN';

/** As a server says it of YouTube's 480x360, with bars above and below the picture. */
const HEAT = { box: [0, 45, 480, 315], size: [480, 360], grid: [[0, 0, 0.2, 0.1], [0, 0.3, 1, 0.5], [0, 0, 0, 0]] };

/** Where the picture without its bars is: left, top, right, bottom, from the corner of the element that is pointed at. */
const FILLED = [0, 22.5, 320, 157.5];
const COVERED = [0, 0, 320, 180];
const PLACES: Partial<Record<Case, number[]>> = {
  image: FILLED,
  srcset: FILLED,
  background: [0, 30, 320, 210], // from the top
  before: COVERED,
  poster: COVERED,
  svg: [40, 22.5, 280, 157.5],
  shadow: FILLED,
  overlay: FILLED,
  unhittable: FILLED,
  zoom: FILLED.map((side) => side * 1.5),
  rtl: FILLED,
  cropped: [0, 30, 320, 210],
  'right-to-left': FILLED,
};

interface Scene extends Stage {
  server: ModelServer;
}

type Check = (scene: Scene) => Promise<void>;

export function heatTests(stage: () => Stage, browser: BrowserName): void {
  let server: ModelServer | undefined;
  before(async () => {
    server = await serveModel();
    await changeSettings(stage(), { server: server.origin });
  }, TIMEOUT);
  after(() => server?.close());
  /** A server is named, and is not asked where the model can be explained. */
  const checkAll = (checks: Record<string, Check>, asksServer = false): void => {
    for (const [what, check] of Object.entries(checks)) {
      test(what, TIMEOUT, async () => {
        assert.ok(server);
        server.heat = (channel) => ({ ...HEAT, channel });
        server.asked.length = 0;
        await stage().page.bringToFront();
        await check({ ...stage(), server });
        assert.ok(asksServer || askedForHeat({ ...stage(), server }) === 0, 'no picture leaves the browser');
      });
    }
  };
  describe('its place', SUITE_TIMEOUT, () => checkAll(placeChecks(browser)));
  describe('its time', SUITE_TIMEOUT, () => checkAll(timeChecks()));
  describe('its words', SUITE_TIMEOUT, () => checkAll(wordChecks(browser)));
  describe('of a model that cannot be explained here', SUITE_TIMEOUT, () => {
    before(() => takeModel(stage(), server), TIMEOUT);
    after(() => giveModelBack(stage()), TIMEOUT);
    checkAll(serverChecks(), true);
  });
}

/** Takes a model as an earlier Thumbprint made it. */
async function takeModel(stage: Stage, server: ModelServer | undefined): Promise<void> {
  unexplained().forEach((file, name) => server?.files.set(name, file));
  assert.deepEqual(await inExtension(stage, (own) => ask(own, { type: 'update-model' })), { ok: true, version: 'earlier00000' });
}

async function giveModelBack(stage: Stage): Promise<void> {
  assert.ok((await inExtension(stage, (own) => ask(own, { type: 'revert-model' }))).ok);
}

function placeChecks(browser: BrowserName): Record<string, Check> {
  const cases = shareOf(Object.entries(PLACES) as [Case, number[]][], browser);
  return {
    ...Object.fromEntries(cases.map(([name, place]) => [`over what a page shows of a picture: ${name}`, checkPlace(name, place)])),
    'in a dialog': checkDialog,
    'round where the page is': checkRound,
    'with the page as it scrolls': checkScroll,
    'nowhere while a preview plays above': checkPreview,
    'below the badge and the card, and the pointer goes through': checkBelow,
  };
}

/** Open the card of a case and press *Why?*. */
async function press(scene: Scene, name: Case = 'image'): Promise<Card> {
  const card = await openCard(scene, name);
  await clickButton(scene.page, 'Why?');
  return card;
}

function checkPlace(name: Case, [left = NaN, top = NaN, right = NaN, bottom = NaN]: number[]): Check {
  return async (scene) => {
    await press(scene, name);
    const { layer } = await waitForHeat(scene.page);
    const target = await boxOf(scene.page, TARGET);
    const expected = { left: target.left + left, top: target.top + top, width: right - left, height: bottom - top };
    assert.ok(distance(layer.grid, expected) < 1, `${JSON.stringify(layer.grid)} instead of ${JSON.stringify(expected)}`);
    assert.deepEqual([layer.width, layer.height], [208, 120], 'a cell for each pixel that the model sees');
    assert.ok(layer.painted > 0);
  };
}

async function checkDialog(scene: Scene): Promise<void> {
  const { page } = scene;
  await open(scene, 'dialog');
  await page.evaluate(() => {
    const dialog = document.querySelector('dialog');
    dialog?.style.removeProperty('transform'); // with it, the card would be cut off where the dialog ends
    dialog?.showModal();
  });
  await hover(page, TARGET);
  await waitForCard(page, () => true);
  await clickButton(page, 'Why?');
  const { layer } = await waitForHeat(page);
  assert.ok(distance(layer.clip, await boxOf(page, TARGET)) < 1, JSON.stringify(layer.clip));
}

async function checkRound(scene: Scene): Promise<void> {
  await press(scene, 'cropped');
  const { layer } = await waitForHeat(scene.page);
  const frame = await scene.page.$eval(`#${TARGET}`, ({ parentElement }) => {
    const { left, top } = parentElement?.getBoundingClientRect() ?? new DOMRect();
    return { left: left + 4, top: top + 4, width: 320, height: 180 }; // within its border
  });
  assert.ok(distance(layer.clip, frame) < 1, JSON.stringify([layer.clip, frame]));
  assert.equal(layer.radius, '8px', 'inside of the frame around it');
}

async function checkScroll(scene: Scene): Promise<void> {
  const { page } = scene;
  await press(scene, 'scroll');
  const { layer } = await waitForHeat(page);
  await page.evaluate(() => scrollBy({ top: 8, behavior: 'instant' }));
  const { layer: moved } = await waitForWhy(page, 'heat elsewhere', (why) => why.layer !== null && why.layer.clip.top !== layer.clip.top);
  assert.ok(moved && distance(moved.clip, await boxOf(page, TARGET)) < 1, JSON.stringify(moved));
  assert.ok(Math.abs(layer.clip.top - 8 - moved.clip.top) < 1);
}

async function checkPreview(scene: Scene): Promise<void> {
  const { page } = scene;
  await press(scene, 'preview');
  await waitForWhy(page, 'the legend', ({ legend, layer }) => legend !== null && layer === null);
  await page.evaluate(() => document.querySelector('ytd-video-preview')?.remove());
  await waitForHeat(page);
}

async function checkBelow(scene: Scene): Promise<void> {
  const { page } = scene;
  await press(scene, 'background');
  await waitForHeat(page);
  const names = await page.evaluate(() => Array.from(document.querySelector('thumbprint-badge')?.shadowRoot?.children ?? [], ({ className }) => className));
  assert.deepEqual(names.slice(-3), ['heat', 'slot', 'stand']);
  const { left, top, width, height } = await boxOf(page, TARGET);
  const id = await page.evaluate((x, y) => document.elementFromPoint(x, y)?.id, left + width / 2, top + height / 2);
  assert.equal(id, TARGET);
}

function timeChecks(): Record<string, Check> {
  return {
    'a second press takes it off, a third brings it back': checkToggle,
    'a page cannot press the button': checkPage,
    'it goes with the pointer': checkLeaving,
    'it goes with Esc': checkEscape,
    'another picture in the same place gets none': checkReplaced,
    'by the keyboard, the focus stays on the button': checkKeyboard,
  };
}

function askedForHeat({ server }: Scene): number {
  return server.asked.filter(({ path }) => path === '/saliency').length;
}

async function checkSilence(scene: Scene): Promise<void> {
  await openCard(scene);
  await frames(scene.page, FRAMES);
  assert.deepEqual(scene.server.asked, []);
  await clickButton(scene.page, 'Why?');
  const { layer } = await waitForHeat(scene.page);
  assert.deepEqual([layer.width, layer.height, layer.painted, layer.hottest], [4, 3, 5, [2, 1]]);
  await clickButton(scene.page, 'Why?');
  await waitForNoHeat(scene.page);
  await clickButton(scene.page, 'Why?');
  await waitForHeat(scene.page);
  assert.deepEqual(scene.server.asked, [{ method: 'POST', path: '/saliency', cookie: false, referrer: '' }]);
}

async function checkToggle(scene: Scene): Promise<void> {
  const { page } = scene;
  const closed = await openCard(scene);
  assert.deepEqual(await readWhy(page), { pressed: false, note: '', legend: null, command: null, layer: null });
  await clickButton(page, 'Why?');
  const first = await waitForHeat(page);
  assert.deepEqual({ ...first, layer: null }, {
    pressed: true,
    note: `The warmer a part, the more it speaks for ${shown.display_name}.`,
    legend: 'says littlesays much',
    command: null,
    layer: null,
  });
  await clickButton(page, 'Why?');
  await waitForNoHeat(page);
  assert.deepEqual(await readWhy(page), { pressed: false, note: '', legend: null, command: null, layer: null });
  assert.deepEqual((await readCard(page))?.box, closed.box, 'the card is as it was');
  await clickButton(page, 'Why?');
  assert.deepEqual(await waitForHeat(page), first);
}

async function checkPage(scene: Scene): Promise<void> {
  const { page } = scene;
  await openCard(scene);
  await page.evaluate(() => {
    const button = document.querySelector('thumbprint-card')?.shadowRoot?.querySelector<HTMLElement>('[aria-pressed]');
    button?.click();
    button?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  });
  await frames(page, FRAMES);
  const why = await readWhy(page);
  assert.deepEqual([why?.pressed, why?.layer], [false, null]);
}

async function checkLeaving(scene: Scene): Promise<void> {
  await press(scene);
  await waitForHeat(scene.page);
  await leave(scene.page);
  await waitForNoCard(scene.page);
  await waitForNoHeat(scene.page);
}

async function checkEscape(scene: Scene): Promise<void> {
  await press(scene);
  await waitForHeat(scene.page);
  await scene.page.keyboard.press('Escape');
  await waitForNoCard(scene.page);
  await waitForNoHeat(scene.page);
}

async function checkReplaced(scene: Scene): Promise<void> {
  const { page } = scene;
  await press(scene, 'background');
  await waitForHeat(page);
  await page.evaluate((url) => {
    document.getElementById('target')?.style.setProperty('background-image', `url("${url}")`);
  }, 'https://i.ytimg.com/vi/elsewhere01/hqdefault.jpg');
  await waitForNoHeat(page);
  assert.ok(await readCard(page), 'the pointer is on the card');
  await page.evaluate((url) => {
    document.getElementById('target')?.style.setProperty('background-image', `url("${url}")`);
  }, addressOf(shown));
  await waitForHeat(page);
}

async function checkLate(scene: Scene): Promise<void> {
  const { page, server } = scene;
  let release = (): void => undefined;
  const held = new Promise<void>((done) => (release = done));
  server.heat = async (channel) => {
    await held;
    return { ...HEAT, channel };
  };
  await press(scene);
  await waitForWhy(page, 'the wait', ({ pressed, note }) => pressed && note === 'Looking at the thumbnail…');
  await leave(page);
  await waitForNoBadge(page);
  release();
  await openCard(scene);
  await frames(page, FRAMES);
  assert.deepEqual(await readWhy(page), { pressed: false, note: '', legend: null, command: null, layer: null });
}

async function checkKeyboard(scene: Scene): Promise<void> {
  const { page } = scene;
  await open(scene, 'focus');
  await page.keyboard.press('Tab');
  await expectAnswer(page, shown);
  await page.keyboard.down('Alt');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.up('Alt');
  await waitForCard(page, ({ focused }) => focused);
  await page.keyboard.press('Enter');
  await waitForHeat(page);
  const focused = await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.ariaLabel);
  assert.equal(focused, 'Why?');
  await page.keyboard.press('Enter');
  await waitForNoHeat(page);
  await page.keyboard.press('Escape');
  await waitForNoCard(page);
  assert.equal(await page.evaluate(() => document.activeElement?.id), TARGET);
}

function wordChecks(browser: BrowserName): Record<string, Check> {
  const themes = browser === 'chromium' ? (['light', 'dark'] as const) : (['light'] as const);
  return {
    ...Object.fromEntries(themes.map((theme) => [`axe finds no barriers, ${theme}`, checkAccess(theme)])),
    'the card stays in the window as it grows': checkGrowth,
    'in French as well': checkFrench,
    'it needs no server': checkAlone,
    ...(browser === 'chromium' ? { 'forced colours and less motion are heeded': checkPreferences } : {}),
  };
}

/** What is asked of the server, and what it may say. */
function serverChecks(): Record<string, Check> {
  return {
    'the server is asked once, and not before somebody wants to know': checkSilence,
    'a late answer is thrown away': checkLate,
    'nothing speaks for a channel': checkCold,
    'a server that lies draws nothing': checkLie,
    'without a server the card says how to start it': checkUnset,
  };
}

async function checkAlone(scene: Scene): Promise<void> {
  await changeSettings(scene, { server: '' });
  try {
    await scene.page.bringToFront();
    await press(scene);
    await waitForHeat(scene.page);
  } finally {
    await changeSettings(scene, { server: scene.server.origin });
  }
}

function checkAccess(theme: string): Check {
  return async (scene) => {
    await preferring(scene, { 'prefers-color-scheme': theme }, async () => {
      await press(scene);
      await waitForHeat(scene.page);
      await leaveButton(scene);
      await assertReadable(scene.page);
    });
  };
}

/** The button has its own colours below the pointer. */
async function leaveButton({ page }: Scene): Promise<void> {
  const { box } = await waitForCard(page, () => true);
  await page.mouse.move(box.left + 6, box.top + 6, { steps: 3 });
}

async function checkCold(scene: Scene): Promise<void> {
  scene.server.heat = (channel) => ({ ...HEAT, channel, grid: [[0, 0]] });
  await press(scene);
  const { legend, note } = await waitForWhy(scene.page, 'the note', ({ note }) => note.startsWith('Nothing'));
  assert.deepEqual([legend, note], [null, `Nothing in this thumbnail speaks for ${shown.display_name}.`]);
}

async function checkLie(scene: Scene): Promise<void> {
  const { page, server } = scene;
  server.heat = (channel) => ({ ...HEAT, channel, box: [0, 0, 9999, 9999] });
  await press(scene);
  const { pressed, layer } = await waitForWhy(page, 'the failure', ({ note }) => note === 'The local server failed (heat: box)');
  assert.deepEqual([pressed, layer], [false, null]);
  server.heat = (channel) => ({ ...HEAT, channel });
  await clickButton(page, 'Why?');
  await waitForHeat(page);
}

async function checkGrowth(scene: Scene): Promise<void> {
  const { page } = scene;
  await setViewport(page, { width: 700, height: 560 });
  try {
    await openCard(scene, 'low');
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' }));
    await hover(page, TARGET);
    const { box } = await waitForCard(page, () => true);
    await clickButton(page, 'Why?');
    await waitForHeat(page);
    const grown = await waitForCard(page, (card) => card.box.height > box.height);
    assert.ok(grown.box.top >= 0 && grown.box.top + grown.box.height <= 560, JSON.stringify(grown.box));
  } finally {
    await setViewport(page, VIEWPORT);
  }
}

async function checkFrench(scene: Scene): Promise<void> {
  const { page } = scene;
  await changeSettings(scene, { language: 'fr' });
  try {
    await page.bringToFront();
    await openCard(scene);
    await clickButton(page, 'Pourquoi\u00a0?');
    const { note, legend } = await waitForHeat(page);
    assert.equal(note, `Plus une partie est chaude, plus elle parle pour ${shown.display_name}.`);
    assert.equal(legend, 'dit peudit beaucoup');
  } finally {
    await changeSettings(scene, { language: 'auto' });
  }
}

async function checkUnset(scene: Scene): Promise<void> {
  const { page, server } = scene;
  await changeSettings(scene, { server: '' });
  try {
    await page.bringToFront();
    await press(scene);
    const { note, pressed, layer } = await waitForWhy(page, 'the command', ({ command }) => command === COMMAND);
    assert.match(note, /^This model can be explained by your own server alone\. .* enter its address in the options:$/);
    assert.deepEqual([pressed, layer, askedForHeat(scene)], [false, null, 0]);
    await leaveButton(scene);
    await assertReadable(page);
    assert.equal((await readBadge(page))?.channel, shown.channel);
  } finally {
    await changeSettings(scene, { server: server.origin });
  }
}

async function checkPreferences(scene: Scene): Promise<void> {
  const { page } = scene;
  await preferring(scene, { 'forced-colors': 'active', 'prefers-reduced-motion': 'reduce' }, async () => {
    await press(scene);
    await waitForHeat(page);
    const looks = await page.evaluate(() => {
      const roots = ['thumbprint-badge', 'thumbprint-card'].map((host) => document.querySelector(host)?.shadowRoot);
      const [ramp, pressed, other, heat] = ['.ramp', '[aria-pressed=true]', '.actions button:not([aria-pressed])', '.heat'].map((selector) => {
        const found = roots.map((root) => root?.querySelector(selector)).find((element) => element);
        const { backgroundImage, backgroundColor, borderTopWidth, animationName } = getComputedStyle(found ?? document.body);
        return { backgroundImage, backgroundColor, borderTopWidth, animationName };
      });
      return { ramp, pressed, other, heat };
    });
    assert.match(looks.ramp?.backgroundImage ?? '', /^linear-gradient/, 'the colours are what it is about');
    assert.equal(looks.ramp?.borderTopWidth, '1px');
    assert.notEqual(looks.pressed?.backgroundColor, looks.other?.backgroundColor, 'what is pressed can be told');
    assert.equal(looks.heat?.animationName, 'none');
  });
}
