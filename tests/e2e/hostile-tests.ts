/** A hostile page against the build that ships: it sees the same whatever the badge says, and can start nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { frames, hover, leave, until } from './badge.ts';
import type { Action } from '../../extension/src/shared/settings.ts';
import type { BrowserName } from './browser.ts';
import { EXTENSION, made, readExpected, SHIPPED, type Thumbnail } from './fixtures.ts';
import { addressOf } from './cases.ts';
import { videoId } from './gallery/page.ts';
import { spy, type Spy } from './hostile-page.ts';
import { ask, choose } from './own-page.ts';
import { PAGES } from './pages.ts';
import type { StaticFiles } from './server.ts';
import { inExtension } from './settings.ts';
import { shareOf } from './share.ts';
import { setStage, type Stage } from './stage.ts';

const TIMEOUT = { timeout: 240_000 };
const ATTEMPTS = 5;
const CARD_OPENS_MS = 900; // at the soonest, after the pointer came
const OPENED_MS = 300; // until nothing of the card moves any more
const EXPLAINED_MS = 2000; // longer than *Why?* takes
const FONTS = ['system-ui', 'sans-serif', 'ui-monospace', 'monospace', 'ui-sans-serif', 'Arial', 'DejaVu Sans'];

const { channels, thumbnails } = readExpected();

const known = made(thumbnails, 'unsure');

/** All posted by the channel of the first one: of the others, only the last one is sure enough to be a look-alike. */
const ANSWERS = {
  known,
  unknown: made(thumbnails, 'unknown'),
  doubtful: made(thumbnails, 'unsure', known.channel),
  lookalike: made(thumbnails, 'sure', known.channel),
};
type Answer = keyof typeof ANSWERS;

const WORDS = [
  ...channels.flatMap(({ display_name }) => [display_name, display_name.slice(0, 3)]),
  ...['None', 'Looks like', 'posted by', 'Why', 'Details', 'more', '%', 'e', '0', '9', '.'],
];

const HOST = new URL(PAGES.youtube).host;

type Spied = Window & { spy: Spy };
type CardBox = NonNullable<ReturnType<Spy['cardBox']>>;

/**
 * Nothing on it is large but what no browser tells the size of: the badge would be the largest text. The thumbnail is a
 * canvas, as DeArrow draws them, and its video is told by the link.
 */
function hostilePage(thumbnail: Thumbnail): string {
  const fonts = FONTS.map((name) => `@font-face { font-family: "${name}"; src: url(/font.woff2) }
    @font-face { font-family: ${name}; src: url(/font.woff2); unicode-range: U+0-FFFF }`);
  const picture = '<canvas id="target" class="thumbnail cbCustomThumbnailCanvas" width="320" height="180"></canvas>';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Hostile</title><style>
    ${fonts.join('\n')}
    @property --paper { syntax: "<color>"; inherits: false; initial-value: red }
    @keyframes appear { to { width: 500px } }
    body { margin: 0; padding: 16px; font: 4px serif } a, canvas, img { display: block }
    .thumbnail { width: 320px; height: 180px } #other { width: 70px; height: 40px; opacity: 0 }
    thumbprint-badge, thumbprint-card, thumbprint-glance, thumbprint-badge *, thumbprint-badge::part(x) { display: inline-block !important;
      position: static !important; width: max-content !important; pointer-events: auto !important; animation: appear 1s !important;
      container-type: inline-size !important; transition: all 1s !important; resize: both !important; direction: rtl !important }
    dialog { transform: translateX(0); width: 340px; height: 200px; margin: 60px; padding: 0; border: 0; overflow: auto; outline: 0 }
    </style><body><ytd-rich-item-renderer><a id="link" href="/watch?v=${videoId(thumbnail)}">${picture}</a><a id="poster" href="/@${known.channel}">Somebody</a></ytd-rich-item-renderer>
    <p><img id="other" src="https://cdn.example/wide.jpg" alt=""></p><script>globalThis.__name = (named) => named;
    (${spy.toString()})(${JSON.stringify(WORDS)})</script></body></html>`;
}

function files(): StaticFiles {
  const page = (answer: Answer) => ({ type: 'text/html; charset=utf-8', body: Buffer.from(hostilePage(ANSWERS[answer])) });
  const glanced = ({ thumbnail }: (typeof GLANCES)[number]) => ({
    type: 'text/html; charset=utf-8',
    body: Buffer.from(hostilePage(thumbnail)),
  });
  return new Map([
    ...(Object.keys(ANSWERS) as Answer[]).map((answer) => [urlOf(answer), page(answer)] as const),
    ...GLANCES.map((one, index) => [`${PAGES.youtube}glance/${index}`, glanced(one)] as const),
  ]);
}

/** What a page at a glance may look like: every state, and all that is done to it. */
const GLANCES: readonly { thumbnail: Thumbnail; action: Action }[] = [
  { thumbnail: made(thumbnails, 'sure'), action: 'mark' },
  { thumbnail: made(thumbnails, 'sure'), action: 'hide' },
  { thumbnail: made(thumbnails, 'sure'), action: 'nothing' },
  { thumbnail: ANSWERS.lookalike, action: 'blur' },
  { thumbnail: ANSWERS.lookalike, action: 'mark' },
  { thumbnail: ANSWERS.unknown, action: 'dim' },
  { thumbnail: ANSWERS.known, action: 'mark' },
];

/** The page's own link is painted before its picture or with it, as it happens. */
const OWN_TEXT = /^performance largest-contentful-paint +\d+ undefined A /;

/** Nobody does anything; gives the log of a page whose thumbnail is marked. */
async function visitAtGlance(stage: Stage, index: number): Promise<string[]> {
  const { page } = stage;
  const { action } = GLANCES[index]!;
  await inExtension(stage, (own) =>
    choose(own, { glanceSites: [HOST], actions: { channels: {}, known: action, lookalike: action, none: action } }),
  );
  await page.goto(`${PAGES.youtube}glance/${index}`, { waitUntil: 'load' });
  await page.bringToFront();
  await wait(1200);
  await look(page, 'glance');
  await page.evaluate(() => (window as unknown as Spied).spy.disturb());
  await page.evaluate(() => {
    const { style } = document.getElementById('target')!;
    style.marginLeft = '40px'; // what moves is told with its size
  });
  await wait(800);
  await look(page, 'moved');
  const log = await page.evaluate(() => (window as unknown as Spied).spy.log());
  return log.filter((line) => !OWN_TEXT.test(line));
}

async function glanceLogs(stage: Stage, which: readonly number[]): Promise<string[][]> {
  await visitAtGlance(stage, 0); // what is loaded once is loaded now
  const logs: string[][] = [];
  for (const index of which) logs.push(await visitAtGlance(stage, index));
  await inExtension(stage, (own) => choose(own, { anyPicture: true }));
  return logs;
}

async function checkGlances(stage: Stage): Promise<void> {
  const [first, ...others] = await glanceLogs(stage, shareOf([...GLANCES.keys()], stage.name));
  assert.ok(first?.some((line) => line.includes('thumbprint-glance')), 'marks were there to be looked at');
  for (const log of others) assert.deepEqual(log, first);
}

/** As long as each other: the page must not learn anything from its own address. */
function urlOf(answer: Answer): string {
  return `${PAGES.youtube}hostile/${(Object.keys(ANSWERS) as Answer[]).indexOf(answer)}`;
}

/** What the extension remembers of what was asked. */
function remembered(stage: Stage): Promise<unknown> {
  return inExtension(stage, (own) => own.evaluate(() => chrome.storage.session.get(['history', 'wantedHosts'])));
}

function look(page: Page, name: string): Promise<void> {
  return page.evaluate((heading) => (window as unknown as Spied).spy.look(heading), name);
}

function wait(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/**
 * A person looks at one picture in every way there is, while the page looks at the badge; gives the page's log.
 *
 * `bottom` is where the card of an earlier visit ended once it had said why: every answer's must come to end there.
 */
async function visit(stage: Stage, answer: Answer, inDialog: boolean, bottom?: number): Promise<string[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const log = await visitInTime(stage, answer, inDialog, bottom);
    if (log !== null) return log;
  }
  throw new Error(`${ATTEMPTS} times the machine was too busy to look at a badge before its card opens`);
}

/** Null where so much time went by that the card may have opened before the page begins to look at the badge. */
async function visitInTime(stage: Stage, answer: Answer, inDialog: boolean, bottom?: number): Promise<string[] | null> {
  const { page } = stage;
  await page.goto(urlOf(answer), { waitUntil: 'load' });
  await page.bringToFront();
  if (inDialog) await page.evaluate(openDialog);
  await leave(page);
  await wait(500);
  const came = performance.now();
  await hover(page, 'target');
  await wait(400);
  if (performance.now() - came > CARD_OPENS_MS) return null;
  await look(page, 'badge');
  await wait(CARD_OPENS_MS - (performance.now() - came));
  await cardOf(page, 'a card is open');
  await wait(OPENED_MS);
  await look(page, 'card');
  await page.evaluate(() => (window as unknown as Spied).spy.disturb());
  await frames(page, 20);
  await look(page, 'disturbed');
  if (!inDialog) await useCard(page, bottom);
  await leave(page);
  await wait(600);
  await look(page, 'left');
  return page.evaluate(() => (window as unknown as Spied).spy.log());
}

function openDialog(): void {
  const dialog = document.createElement('dialog');
  dialog.append(document.getElementById('target')!);
  document.querySelector('ytd-rich-item-renderer')!.append(dialog);
  dialog.showModal();
}

/** The pointer goes over the card and presses *Why?*, where every card has it; then the keyboard goes through it. */
async function useCard(page: Page, explained?: number): Promise<void> {
  const [left, top, , bottom] = await cardOf(page, 'a card that was disturbed');
  for (let y = top + 2; y < bottom; y += 6) await page.mouse.move(left + 30, y);
  await page.mouse.click(left + 40, bottom - 60); // in the first of two rows
  if (explained === undefined) await wait(EXPLAINED_MS);
  else await cardOf(page, 'the card is as tall as that of another answer', explained);
  await look(page, 'why');
  await leave(page);
  await wait(600);
  await page.focus('#poster'); // a Tab of Firefox goes on from where the pointer clicked, at the end of the page
  await page.keyboard.down('Shift');
  await page.keyboard.press('Tab');
  await page.keyboard.up('Shift');
  await wait(700);
  await page.keyboard.down('Alt');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.up('Alt');
  await cardOf(page, 'a card by the keyboard');
  await wait(OPENED_MS);
  await look(page, 'keyboard');
  for (const key of ['Tab', 'Tab', 'a', 'Escape'] as const) await page.keyboard.press(key);
}

/** Where the page finds the card, once it does: with its end at `bottom`, if that is known. */
async function cardOf(page: Page, what: string, bottom?: number): Promise<CardBox> {
  const read = () => page.evaluate(() => (window as unknown as Spied).spy.cardBox());
  const box = await until(what, read, (found) => found !== null && (bottom === undefined || found[3] === bottom));
  assert.ok(box);
  return box;
}

async function checkSameLogs(stage: Stage, inDialog: boolean): Promise<void> {
  const answers = Object.keys(ANSWERS) as Answer[];
  const logs = await allLogs(stage, inDialog, inDialog ? shareOf(answers, stage.name) : answers);
  const [first] = logs;
  assert.ok(first?.some((line) => line.startsWith('card: card [')), 'a card was there to be looked at');
  for (const log of logs.slice(1)) assert.deepEqual(log, first);
}

async function allLogs(stage: Stage, inDialog: boolean, answers: readonly Answer[]): Promise<string[][]> {
  const seen = await visit(stage, 'known', inDialog); // what is loaded once is loaded now
  const why = seen.map((line) => /^why: card \[\d+,\d+,\d+,(\d+)\]/.exec(line)?.[1]).find((bottom) => bottom !== undefined);
  const logs: string[][] = [];
  for (const answer of answers) logs.push(await visit(stage, answer, inDialog, Number(why)));
  return logs;
}

/** By script alone: the extension remembers no picture and no host that it did not remember before. */
async function checkNothingStarts(stage: Stage): Promise<void> {
  const { page, site } = stage;
  await page.goto(urlOf('known'), { waitUntil: 'load' });
  await page.bringToFront();
  await hover(page, 'target');
  await wait(1000); // the extension is there
  await leave(page);
  await wait(1500); // and no key was pressed for a while
  const before = await remembered(stage);
  assert.match(JSON.stringify(before), /made_/, 'a person is answered');
  await page.goto(urlOf('lookalike'), { waitUntil: 'load' });
  await page.bringToFront();
  await wait(1000);
  site.asked.length = 0;
  await page.evaluate(() => (window as unknown as Spied).spy.pretend());
  assert.deepEqual(await remembered(stage), before);
  assert.deepEqual(site.asked.filter(({ destination }) => destination === 'empty'), []);
  const log = await page.evaluate(() => (window as unknown as Spied).spy.log());
  assert.ok(log.includes('after all events: 0'), 'nothing was added to the page');
}

function suite(browser: BrowserName, extension: string, declare: (stage: () => Stage) => void): void {
  describe(`a hostile page in ${browser}`, TIMEOUT, () => {
    let stage: Stage | undefined;
    before(async () => {
      stage = await setStage(browser, { thumbnails, files: files(), extension });
      await inExtension(stage, async (own) => {
        await choose(own, { anyPicture: true });
        // Nobody can see in this build when an answer comes: all of them are there already.
        for (const thumbnail of [...Object.values(ANSWERS), GLANCES[0]!.thumbnail]) await ask(own, { type: 'classify', url: addressOf(thumbnail), id: thumbnail.id });
      });
    }, TIMEOUT);
    after(() => stage?.close());
    declare(() => {
      assert.ok(stage);
      return stage;
    });
  });
}

export function hostileTests(browser: BrowserName): void {
  suite(browser, SHIPPED, (stage) => {
    test('can start nothing', TIMEOUT, () => checkNothingStarts(stage()));
    test('learns the same from every answer', TIMEOUT, () => checkSameLogs(stage(), false));
    test('learns the same from every mark', TIMEOUT, () => checkGlances(stage()));
    test('learns the same in a dialog that holds what is fixed', TIMEOUT, () => checkSameLogs(stage(), true));
  });
  if (browser === 'firefox') return;
  suite(browser, EXTENSION, (stage) => {
    test('would see a difference if there were one: it looks through an open door', TIMEOUT, async () => {
      const [known, unknown] = await allLogs(stage(), false, ['known', 'unknown']);
      assert.notDeepEqual(known, unknown);
      const [marked, hidden] = await glanceLogs(stage(), [0, 1]);
      assert.notDeepEqual(marked, hidden);
    });
  });
}
