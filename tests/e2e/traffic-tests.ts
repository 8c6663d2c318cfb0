/** Who is asked for what, over a whole session: only the hosts of thumbnails, and the local server once it is named. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answerOf, leave, waitForNoBadge } from './badge.ts';
import { readExpected, type Thumbnail } from './fixtures.ts';
import { packagedModel, serveModel, type ModelServer } from './model-server.ts';
import { ask, choose } from './own-page.ts';
import { inExtension } from './settings.ts';
import { openPage, type Stage } from './stage.ts';
import { THUMBNAIL_HOSTS } from './thumbnails.ts';

const TIMEOUT = { timeout: 120_000 };
const OWN_PAGES = ['popup', 'options', 'welcome', 'privacy'];
/** What a browser asks of the pages' hosts for the pages themselves. */
const PAGE_PATHS = ['/', '/style.css', '/favicon.ico'];
const SERVER_PATHS = /^\/(?:health|report|saliency|model\/[\w.-]+)$/;

const { thumbnails } = readExpected();
/** Enough to see whether a server is asked for a picture. */
const some = thumbnails.filter((_, index) => index % 3 === 0);

/** First of all tests in a browser: what it has fetched once, it need not fetch again. */
export function trafficTests(stage: () => Stage): void {
  let server: ModelServer | undefined;
  before(async () => {
    server = await serveModel();
    for (const [file, content] of packagedModel()) server.files.set(file, content);
  }, TIMEOUT);
  after(() => server?.close());
  const scene = (): { stage: Stage; server: ModelServer } => {
    assert.ok(server);
    return { stage: stage(), server };
  };

  test('without a server: nobody but the hosts of thumbnails', TIMEOUT, async () => {
    await useEverything(scene().stage, thumbnails);
    checkTraffic(scene().stage);
    assert.deepEqual(scene().server.asked, []);
  });

  test('with a server: that one as well, and nobody else', TIMEOUT, async () => {
    await inExtension(scene().stage, async (own) => {
      await choose(own, { server: scene().server.origin });
      assert.equal((await ask(own, { type: 'status' })).server, 'up');
      assert.ok((await ask(own, { type: 'update-model' })).ok, 'the model of the server was refused');
    });
    await useEverything(scene().stage, some);
    checkTraffic(scene().stage);
    checkServer(scene().server);
  });

  test('a server that was taken back is not asked again', TIMEOUT, async () => {
    const { stage: used, server: forgotten } = scene();
    await inExtension(used, (own) => choose(own, {}));
    forgotten.asked.length = 0;
    await useEverything(used, some);
    checkTraffic(used);
    assert.deepEqual(forgotten.asked, []);
  });
}

/** Open every page of the extension and what explains an answer, and hover pictures of a page. */
async function useEverything(stage: Stage, pictures: readonly Thumbnail[]): Promise<void> {
  const [first] = pictures;
  assert.ok(first);
  const why = `build/why.html?url=${encodeURIComponent(`https://i.ytimg.com${first.path}`)}`;
  for (const path of [...OWN_PAGES.map((name) => `build/${name}.html`), why]) {
    const page = await stage.openExtensionPage(path);
    await ask(page, { type: 'status' });
    await page.close();
  }
  await stage.page.bringToFront();
  await openPage(stage, 'plain', first.id);
  for (const { id } of pictures) await answerOf(stage.page, id);
  await leave(stage.page);
  await waitForNoBadge(stage.page);
}

function checkTraffic(stage: Stage): void {
  assert.deepEqual(stage.site.refused, []);
  for (const { host, path } of stage.site.asked) {
    assert.ok(THUMBNAIL_HOSTS.includes(host) || PAGE_PATHS.includes(path), `${host}${path} was asked for`);
  }
  // Pictures on the page name the page as their referrer; those on pages of the extension name nobody.
  for (const { host, path, destination, cookie } of stage.site.asked.filter(({ referrer }) => referrer === '')) {
    assert.ok(!cookie, `the extension asked for ${host}${path} with a cookie (as ${destination})`);
  }
  const ids = thumbnails.map(({ id }) => id);
  const fetched = stage.site.asked.filter(({ destination }) => destination === 'empty');
  assert.ok(fetched.length > 0, 'the log must show the extension at work');
  for (const { host, path, cookie, referrer } of fetched) {
    assert.ok(THUMBNAIL_HOSTS.includes(host), `${host}${path} was fetched`);
    assert.ok(ids.includes(path.split('/')[2] ?? ''), `${path} was fetched, but never hovered`);
    assert.ok(!cookie, `${path} was fetched with a cookie`);
    assert.equal(referrer, '', `${path} was fetched with a referrer`);
  }
}

function checkServer({ asked }: ModelServer): void {
  for (const path of ['/health', '/model/metadata.json', '/model/model.json']) {
    assert.ok(
      asked.some((note) => note.path === path),
      `${path} was never asked for`,
    );
  }
  for (const { path, cookie, referrer } of asked) {
    assert.match(path, SERVER_PATHS);
    assert.ok(!cookie, `${path} was asked for with a cookie`);
    assert.equal(referrer, '', `${path} was asked for with a referrer`);
  }
}
