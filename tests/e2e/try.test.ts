/**
 * The page to try pictures: over the local network (who gets in, what is sent, what it says of a photo), and on a static
 * host, which is asked for nothing but its own files.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ElementHandle, HTTPRequest, Page } from 'puppeteer-core';
import { examine } from './axe.ts';
import { type LanBackend, startLan } from './backend-server.ts';
import { until } from './badge.ts';
import { BROWSERS, setViewport, type BrowserName } from './browser.ts';
import { made, OUT, readExpected } from './fixtures.ts';
import { setStage, type Stage } from './stage.ts';
import { serveSite, type StaticSite } from './static-site.ts';

const TIMEOUT = { timeout: 120_000 };
const PHONE = { width: 390, height: 844 };
const NEAR = 0.02; // of the photo's side, between the corners and the truth
const TOLERANCE = 0.02; // of a probability: the page straightens what the backend was given straight
const LINES = /^(?:debug|log|info|warn): |Cross-Origin-Opener-Policy/; // over plain HTTP, that header is not heeded

const { photo, thumbnails, channels } = readExpected();
const known = made(thumbnails, 'sure');

interface Scene {
  stage: Stage;
  page: Page;
  server: LanBackend;
  /** What the page asked for since it was opened. */
  asked: { method: string; url: string }[];
}

describe('the page of the server', TIMEOUT, () => {
  let server: LanBackend | undefined;
  before(async () => {
    server = await startLan();
  }, TIMEOUT);
  after(() => server?.stop());
  const running = (): LanBackend => {
    assert.ok(server);
    return server;
  };
  test('nobody gets anything without a token', TIMEOUT, () => checkRefusals(running()));
  for (const name of BROWSERS) describe(`in ${name}`, TIMEOUT, () => pageTests(name, running));
});

function pageTests(name: BrowserName, running: () => LanBackend): void {
  let scene: Scene | undefined;
  before(async () => {
    scene = await open(name, running());
  }, TIMEOUT);
  after(() => scene?.stage.close());
  const tests = {
    'a token lets one browser in, and is spent': checkToken,
    'a photo of a screen is sent to the server, once, and answered': checkPhoto,
    'a corner is dragged, and moved by keys': checkCorners,
    'Why? shows the heat, and sends nothing': checkWhy,
    'the heat of another channel is shown': checkChannel,
    'a thumbnail is looked at as it is, and not sent': checkThumbnail,
    'a photo that is chosen is not sent before a press': checkChosenPhoto,
    'where the server does not look for it, corners are dragged': checkNoFinder,
    'what is no picture is named, and the next one is answered': checkWrongFile,
    'nothing went wrong unseen': checkConsole,
    'a model of a later version is named': checkLaterModel,
  };
  for (const [what, check] of Object.entries(tests)) {
    test(what, TIMEOUT, async () => {
      assert.ok(scene);
      await check(scene);
    });
  }
}

/** Opens the newest address of the terminal as a phone does. */
async function open(name: BrowserName, server: LanBackend): Promise<Scene> {
  const stage = await setStage(name, { extension: null, direct: new URL(server.origin).hostname });
  try {
    return await invite(stage, server);
  } catch (error) {
    await stage.close(); // else the tests would never end
    throw error;
  }
}

async function invite(stage: Stage, server: LanBackend): Promise<Scene> {
  const { name, page } = stage;
  const phone = name === 'chromium' ? { ...PHONE, deviceScaleFactor: 2, isMobile: true, hasTouch: true } : PHONE;
  await setViewport(page, phone); // Firefox's driver has no touch
  const asked: Scene['asked'] = [];
  page.on('request', (request: HTTPRequest) => asked.push({ method: request.method(), url: request.url() }));
  await page.goto(await server.invitation());
  await page.waitForSelector('#model:not(:empty)');
  return { stage, page, server, asked };
}

/** Every route of the description, and some that are not there: with no token, a wrong one, and one that was spent. */
async function checkRefusals(server: LanBackend): Promise<void> {
  const { origin } = server;
  const first = await server.invitation();
  const entered = await fetch(first, { redirect: 'manual' });
  assert.deepEqual([entered.status, entered.headers.get('location')], [303, '/try']);
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  const described = (await (await fetch(`${origin}/openapi.json`, { headers: { cookie } })).json()) as { paths: Record<string, object> };
  const paths = Object.keys(described.paths).map((path) => path.replace('{name}', 'main.js').replace('{id}', '0123456789abcdef'));
  assert.ok(paths.includes('/try') && paths.includes('/try/main.js') && paths.includes('/saliency'), paths.join());
  const spent = new URL(first).search;
  for (const path of [...paths, '/', '/nothing']) {
    for (const query of ['', '?token=AAAAAAAAAAAAAAAAAAAAAA', spent]) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const refused = await fetch(`${origin}${path}${query}`, { method, redirect: 'manual', headers: { cookie: 'thumbprint-1=AAAA' } });
        assert.equal(refused.status, 403, `${method} ${path}${query}`);
        assert.equal(refused.headers.get('x-content-type-options'), 'nosniff');
        await refused.arrayBuffer();
      }
    }
  }
}

async function checkToken({ stage, page, server }: Scene): Promise<void> {
  assert.equal(page.url(), `${server.origin}/try`, 'the token is no longer in the address');
  const next = await server.invitation();
  const other = await stage.browser.createBrowserContext();
  try {
    const strange = await other.newPage();
    for (const path of ['/try', '/', '/report', '/try?token=AAAAAAAAAAAAAAAAAAAAAA']) {
      const response = await strange.goto(`${server.origin}${path}`);
      assert.equal(response?.status(), 403, path);
      assert.match(await strange.$eval('main', ({ textContent }) => textContent), /scan that with this device/u);
    }
    await strange.goto(next);
    await strange.waitForSelector('#model:not(:empty)');
    assert.notEqual(await server.invitation(next), next);
    const late = await (await stage.browser.createBrowserContext()).newPage();
    assert.equal((await late.goto(next))?.status(), 403, 'a spent token');
    await late.browserContext().close();
  } finally {
    await other.close();
  }
}

async function checkPhoto(scene: Scene): Promise<void> {
  const { page, server, asked } = scene;
  await assertAccessible(page, 'main');
  assert.match(await page.$eval('#sent', ({ textContent }) => textContent), /^A photo of a screen is sent to the computer/u);
  assert.equal(await page.$eval('#camera', (input) => input.getAttribute('aria-describedby')), 'sent');
  await choose(page, photo.file, '#camera');
  await answered(page, photo.channel);
  assert.deepEqual(await readVerdict(page, 'state'), 'known');
  const corners = await cornersOf(page);
  corners.forEach(([x, y], i) => {
    const [wantedX = 0, wantedY = 0] = photo.quad[i] ?? [];
    assert.ok(Math.hypot(x - wantedX, y - wantedY) < NEAR, `corner ${i} at ${x}, ${y}`);
  });
  const bars = await page.$$eval('.bars li', (rows) => rows.map((row) => row.getAttribute('data-channel') ?? 'none'));
  assert.deepEqual(bars.sort(), [...channels.map(({ name }) => name), 'none'].sort());
  assert.ok(asked.length > 5, 'the log must show the page at work');
  assert.deepEqual(posted(asked), ['/photo']);
  for (const { url } of asked) assert.ok(url.startsWith(`${server.origin}/`) || url.startsWith('blob:'), url);
  await assertAccessible(page, 'body');
}

async function checkCorners({ stage, page }: Scene): Promise<void> {
  const before = await cornersOf(page);
  const corner = (await page.$$('.corner'))[2]!;
  await corner.scrollIntoView();
  await drag(stage, corner, [40, 30]);
  const [, , dragged] = await until('a dragged corner', () => cornersOf(page), ([, , now]) => now![0] > before[2]![0] + 0.05);
  assert.ok(dragged![1] > before[2]![1] + 0.02, 'it follows down, too');
  assert.equal(await page.$eval('.loupe', (loupe) => loupe.checkVisibility()), false, 'the loupe goes with the finger');
  await settled(page);
  await corner.focus();
  for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowLeft');
  await page.keyboard.down('Shift');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.up('Shift');
  const [, , moved] = await cornersOf(page);
  assert.ok(moved![0] < dragged![0] - 0.005 && moved![1] < dragged![1] - 0.01, JSON.stringify([dragged, moved]));
  await settled(page);
}

/** By finger where the driver has one, else by the mouse. */
async function drag({ name, page }: Stage, corner: ElementHandle, [dx, dy]: [number, number]): Promise<void> {
  const box = await corner.boundingBox();
  assert.ok(box);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  if (name === 'chromium') {
    await page.touchscreen.touchStart(x, y);
    await page.touchscreen.touchMove(x + dx / 2, y + dy / 2);
    assert.ok(await page.$eval('.loupe', (loupe) => loupe.checkVisibility()), 'what the finger covers is shown');
    await page.touchscreen.touchMove(x + dx, y + dy);
    await page.touchscreen.touchEnd();
    return;
  }
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx, y + dy, { steps: 3 });
  await page.mouse.up();
}

async function checkWhy({ page, asked }: Scene): Promise<void> {
  assert.deepEqual(posted(asked), ['/photo']);
  assert.match(await page.$eval('#why-note', ({ textContent }) => textContent), /^Shows which parts speak for .+ Nothing is sent\.$/u);
  await page.$eval('#why', (button) => button.scrollIntoView({ block: 'center' }));
  await page.click('#why');
  await page.waitForSelector('.cutout .heat');
  assert.deepEqual(posted(asked), ['/photo']);
  const painted = await page.$eval('.cutout .heat', (heat) => {
    const { width, height } = heat as HTMLCanvasElement;
    return (heat as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data.some((level) => level > 0);
  });
  assert.ok(painted);
  await assertAccessible(page, 'body');
  await page.click('#why');
  assert.equal(await page.$('.cutout .heat'), null);
}

async function checkChannel({ page }: Scene): Promise<void> {
  await page.click('#why');
  await page.waitForSelector('.cutout .heat');
  const other = channels.find(({ name }) => name !== photo.channel)!;
  await page.select('#channel', other.name);
  const note = () => page.$eval('#why-note', ({ textContent }) => textContent);
  await until('the other channel', note, (text) => text.includes(other.display_name));
  await page.click('#why');
}

async function checkThumbnail({ page, asked }: Scene): Promise<void> {
  const before = posted(asked);
  await choose(page, known.file);
  const { probability } = await answered(page, known.channel);
  assert.ok(Math.abs(probability - known.probability) < TOLERANCE, `${probability} for ${known.probability}`);
  assert.equal(await page.$eval('#whole', ({ ariaPressed }) => ariaPressed), 'true');
  assert.deepEqual(await cornersOf(page), [], 'there is nothing to find');
  assert.deepEqual(posted(asked), before);
}

async function checkChosenPhoto({ page, asked }: Scene): Promise<void> {
  const before = posted(asked);
  await choose(page, photo.file);
  await page.waitForSelector('#find:not([hidden])');
  assert.equal((await cornersOf(page)).length, 4, 'corners wait to be placed');
  assert.equal(await page.$eval('#result', (result) => result.checkVisibility()), false);
  assert.match(await page.$eval('#find-note', ({ textContent }) => textContent), /^Sends this photo to the computer where Thumbprint runs/u);
  assert.deepEqual(posted(asked), before);
  await page.click('#find');
  await answered(page, photo.channel);
  assert.deepEqual(posted(asked), [...before, '/photo']);
}

async function checkNoFinder({ page, server }: Scene): Promise<void> {
  const other = await page.browserContext().newPage();
  await other.setRequestInterception(true);
  other.on('request', (request: HTTPRequest) => {
    const isPhoto = new URL(request.url()).pathname === '/photo';
    void (isPhoto ? request.respond({ status: 429, contentType: 'application/json', body: '{}' }) : request.continue());
  });
  await other.goto(`${server.origin}/`);
  await choose(other, photo.file, '#camera');
  await other.waitForSelector('#problem:not([hidden])');
  assert.match(await other.$eval('#problem', ({ textContent }) => textContent), /HTTP 429.+Drag the four corners onto it/u);
  assert.equal((await cornersOf(other)).length, 4);
  await other.close();
}

/** Paths of what was sent. */
function posted(asked: Scene['asked']): string[] {
  return asked.filter(({ method }) => method !== 'GET').map(({ url }) => new URL(url).pathname);
}

async function checkWrongFile({ page }: Scene): Promise<void> {
  await choose(page, 'expected.json');
  await page.waitForSelector('#problem:not([hidden])');
  assert.match(await page.$eval('#problem', ({ textContent }) => textContent), /^expected\.json cannot be read as a picture/u);
  await choose(page, known.file);
  await answered(page, known.channel);
  assert.equal(await page.$eval('#problem', (problem) => problem.checkVisibility()), false);
}

function checkConsole({ stage }: Scene): void {
  assert.deepEqual(stage.consoleLines.filter((line) => !LINES.test(line)), []);
  assert.deepEqual(stage.site.refused, [], 'nobody else was asked');
}

/** The server has a model that the page is too old for: no answer, but what to do. */
async function checkLaterModel({ page, server }: Scene): Promise<void> {
  const other = await page.browserContext().newPage();
  await other.setRequestInterception(true);
  other.on('request', (request: HTTPRequest) => {
    const isModel = new URL(request.url()).pathname === '/model/metadata.json';
    void (isModel ? request.respond({ contentType: 'application/json', body: '{"schema": 99}' }) : request.continue());
  });
  await other.goto(`${server.origin}/try`);
  await choose(other, known.file);
  await other.waitForSelector('#problem:not([hidden])');
  assert.match(await other.$eval('#problem', ({ textContent }) => textContent), /^The model is newer than this page\. Run/u);
  await other.close();
}

describe('the page on a static host', TIMEOUT, () => {
  let site: StaticSite | undefined;
  before(async () => {
    site = await serveSite([known, made(thumbnails, 'sure', known.channel)]);
  }, TIMEOUT);
  after(() => site?.close());
  for (const name of BROWSERS) {
    test(`classifies in ${name} what is chosen, and asks for its own files alone`, TIMEOUT, async () => {
      const stage = await setStage(name, { extension: null, direct: '127.0.0.1' });
      try {
        assert.ok(site);
        await checkSite(stage, site.url);
      } finally {
        await stage.close();
      }
    });
  }
});

async function checkSite(stage: Stage, url: string): Promise<void> {
  const { page, consoleLines } = stage;
  const asked: Scene['asked'] = [];
  page.on('request', (request: HTTPRequest) => asked.push({ method: request.method(), url: request.url() }));
  await page.goto(url);
  await page.waitForSelector('#model:not(:empty)');
  await assertAccessible(page, 'main');
  await page.click(`#samples img[src^="samples/${known.channel}."]`);
  const { probability } = await answered(page, known.channel);
  assert.ok(Math.abs(probability - known.probability) < TOLERANCE, `${probability} for ${known.probability}`);
  for (const id of ['#links', '#find']) assert.equal(await page.$eval(id, (part) => part.checkVisibility()), false, id);
  await page.click('#why');
  await page.waitForSelector('.cutout .heat');
  await choose(page, photo.file);
  await page.waitForSelector('.corner:not([hidden])');
  await placeCorners(page);
  await answered(page, photo.channel);
  for (const { method, url: to } of asked) {
    assert.ok(method === 'GET' && (to.startsWith(url) || to.startsWith('blob:')), `${method} ${to}`);
  }
  assert.ok(asked.length > 5, 'the log must show the page at work');
  assert.deepEqual(consoleLines.filter((line) => !LINES.test(line)), []);
  assert.deepEqual(stage.site.refused, [], 'nobody else was asked');
}

/** Drags each corner to where the photo's thumbnail has it. */
async function placeCorners(page: Page): Promise<void> {
  for (const [i, [x, y]] of photo.quad.entries()) {
    await page.$eval('.stage', (element) => element.scrollIntoView({ block: 'center' }));
    const stage = await (await page.$('.stage'))!.boundingBox();
    const corner = await (await page.$$('.corner'))[i]!.boundingBox();
    assert.ok(stage && corner);
    await page.mouse.move(corner.x + corner.width / 2, corner.y + corner.height / 2);
    await page.mouse.down();
    await page.mouse.move(stage.x + x * stage.width, stage.y + y * stage.height, { steps: 3 });
    await page.mouse.up();
  }
}

async function choose(page: Page, file: string, way: '#file' | '#camera' = '#file'): Promise<void> {
  await page.$eval('#verdict', (verdict) => verdict.removeAttribute('data-channel'));
  const input = (await page.$(way)) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(join(OUT, file));
}

async function answered(page: Page, channel: string): Promise<{ probability: number }> {
  await page.waitForSelector(`#verdict[data-channel="${channel}"]`, { visible: true });
  return { probability: Number(await readVerdict(page, 'probability')) };
}

function readVerdict(page: Page, name: string): Promise<string | null> {
  return page.$eval('#verdict', (verdict, key) => verdict.getAttribute(`data-${key}`), name);
}

/** Waits until the answer is that to the corners as they are. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector('#result[aria-busy="false"]');
}

/** The corners that are shown, as shares of the photo's sides; none where it is looked at as a whole. */
function cornersOf(page: Page): Promise<[number, number][]> {
  return page.$$eval('.corner:not([hidden])', (corners) =>
    corners.map((corner): [number, number] => [parseFloat((corner as HTMLElement).style.left) / 100, parseFloat((corner as HTMLElement).style.top) / 100]),
  );
}

async function assertAccessible(page: Page, selector: string): Promise<void> {
  const { barriers, obeyed } = await examine(page, [selector]);
  assert.deepEqual(barriers, []);
  assert.ok(obeyed.length > 5, obeyed.join());
}
