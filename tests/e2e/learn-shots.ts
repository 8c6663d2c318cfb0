/**
 * The strip of docs/extension.md: how a channel is learnt, from its page to the badge, with the demo's drawn thumbnails.
 *
 * `npm run learn-shots` in extension/ writes docs/learn.jpg.
 */
import { Buffer } from 'node:buffer';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { answerOf, leave } from './badge.ts';
import { setViewport } from './browser.ts';
import { ROOT } from './fixtures.ts';
import { drawnChannels, drawnFiles, pageFile, pressButton, pressPill, RELEASED, waitForNoPanel, waitForPanel } from './learning.ts';
import { inExtension } from './settings.ts';
import { setStage, type Stage } from './stage.ts';

const FRAME = { width: 460, height: 640 };
const SHARE = 0.68; // of its size, in the strip
const QUALITY = 78;
const LEARNT = 16; // thumbnails

const [own, other] = drawnChannels() as [ReturnType<typeof drawnChannels>[0], ReturnType<typeof drawnChannels>[0]];

/** The other channel is known already, so that a preview has thumbnails of others. */
async function learnOther(stage: Stage): Promise<void> {
  const identity = JSON.stringify({ id: other.id, handle: other.handle.slice(1), name: other.name });
  const examples = JSON.stringify(other.videos.slice(0, LEARNT));
  await inExtension(stage, (page) =>
    page.evaluate((channel, list) => chrome.runtime.sendMessage({ type: 'learn-keep', channel, examples: list, id: 'shots' }), identity, examples),
  );
}

async function photograph(page: Page): Promise<string> {
  const [x, y] = await page.evaluate(() => [scrollX, scrollY] as const); // a clip counts from the document's corner
  return page.screenshot({ type: 'png', encoding: 'base64', clip: { x, y, ...FRAME }, captureBeyondViewport: false });
}

async function frames(stage: Stage): Promise<string[]> {
  const { page } = stage;
  await learnOther(stage);
  await setViewport(page, FRAME);
  await page.goto(`https://www.youtube.com/${own.handle}/videos`, { waitUntil: 'load' });
  await page.bringToFront();
  await new Promise((done) => setTimeout(done, 1500));
  const shots = [await photograph(page)];
  await pressPill(page);
  await waitForPanel(page, 'the thumbnails', ({ drawn }) => drawn >= 9);
  shots.push(await photograph(page));
  await pressButton(page, 'Learn');
  await waitForPanel(page, 'the preview', ({ drawn, buttons }) => buttons.includes('Keep') && drawn >= 12);
  shots.push(await photograph(page));
  await pressButton(page, 'Keep');
  await waitForPanel(page, 'the end', ({ buttons }) => buttons.includes('Undo'));
  await pressButton(page, 'Close');
  await waitForNoPanel(page);
  await leave(page);
  const video = own.videos[3]!;
  await page.evaluate((id) => (document.querySelector(`img[src*="${id}/"]`)!.id = id), video);
  await answerOf(page, video);
  await new Promise((done) => setTimeout(done, 300));
  shots.push(await photograph(page));
  return shots;
}

async function strip(page: Page, shots: readonly string[]): Promise<void> {
  const [width, height] = [FRAME.width, FRAME.height].map((side) => Math.round(side * SHARE)) as [number, number];
  const images = shots.map((data) => `<img width="${width}" height="${height}" src="data:image/png;base64,${data}">`);
  await setViewport(page, { width: shots.length * (width + 12) + 12, height: height + 24, deviceScaleFactor: 1 });
  await page.setContent(`<body style="margin: 12px; display: flex; gap: 12px; background: #d9dce6">${images.join('')}`);
  await page.evaluate(() => Promise.all(Array.from(document.images, (image) => image.decode())));
  const jpeg = await page.screenshot({ type: 'jpeg', quality: QUALITY });
  writeFileSync(join(ROOT, 'docs/learn.jpg'), Buffer.from(jpeg));
}

async function main(): Promise<void> {
  const page = { poster: own, id: own.id, videos: own.videos.slice(0, LEARNT) };
  const stage = await setStage('chromium', { files: new Map([...drawnFiles(), pageFile(`/${own.handle}/videos`, page)]), extension: RELEASED });
  try {
    const shots = await frames(stage);
    await stage.page.goto('about:blank');
    await strip(stage.page, shots);
  } finally {
    await stage.close();
  }
}

void main();
