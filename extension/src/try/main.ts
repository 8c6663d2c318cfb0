/** The page to try a picture on: the thumbnail in it, and whose it is. Only what its buttons say is sent. */

import { languageOf } from '../shared/i18n.ts';
import type { Picture } from '../model/pixels.ts';
import { DEFAULT_SETTINGS } from '../shared/settings.ts';
import { messageOf } from '../shared/messages.ts';
import { byId, onPress, translate } from '../ui/dom.ts';
import { acceptPictures } from '../ui/picture-input.ts';
import { classify, loadModel } from './brain.ts';
import { type Photo, readPhoto } from './photo.ts';
import { middleQuad, type Quad } from './quad.ts';
import { flatSize, rectify } from './rectify.ts';
import { Result } from './result.ts';
import { findThumbnails, type Found, isServed } from './server.ts';
import { Stage } from './stage.ts';
import { speaker, type TextKey, TryError } from './texts.ts';
import { Why } from './why.ts';

const language = languageOf('auto', navigator.language);
const say = speaker(language);
const page = { settings: DEFAULT_SETTINGS, language, t: say };

const hasServer = isServed();
const status = byId('status', HTMLElement);
const problem = byId('problem', HTMLElement);
const whole = byId('whole', HTMLButtonElement);
const next = byId('next', HTMLButtonElement);
const find = byId('find', HTMLButtonElement);
const camera = byId('camera', HTMLInputElement);

const result = new Result(page);
const why = new Why(page, { picture: () => result.cutout, file: () => result.toBlob() }, hasServer);
const stage = new Stage(byId('stage', HTMLElement), page, {
  moved: (quad, done) => {
    corners = quad;
    if (done) {
      void step(lookAtCorners);
    }
  },
  chosen: (quad) => void step(() => choose(quad)),
});

let photo: Photo | null = null;
/** What was found in the photo; null where nothing was looked for. */
let found: readonly Quad[] | null = null;
let corners: Quad | null = null;
/** Which of those that were found is looked at, also once its corners were moved. */
let place = 0;
/** Counts what was asked for: of the answers, only that to the last is shown. */
let asked = 0;
/** Whether the model is loaded. */
let isReady = false;

translate(language, say);
for (const image of document.querySelectorAll<HTMLImageElement>('#samples img')) {
  image.alt = say('sample', [image.alt]);
}
byId('sent', HTMLElement).textContent = say(hasServer ? 'sent' : 'kept');
byId('links', HTMLElement).hidden = !hasServer;
document.body.classList.toggle('served', hasServer);
acceptPictures([camera, byId('file', HTMLInputElement)], document.documentElement, (reading, input) => {
  void step(async () => take(await still(reading), input === camera));
});
onPress(whole, () => step(() => (whole.ariaPressed === 'true' ? choose(corners) : lookAtWhole())));
onPress(next, () => step(() => choose(found?.[(place + 1) % found.length] ?? null)));
onPress(find, () => step(search));
void step(introduce);

/** Runs what a person asked for; its failure is shown if nothing else was asked for meanwhile. */
async function step(work: () => Promise<void>): Promise<void> {
  const mine = ++asked;
  problem.hidden = true;
  try {
    await work();
  } catch (error) {
    if (mine === asked && !(error instanceof Overtaken)) {
      status.textContent = '';
      problem.textContent = error instanceof TryError ? say(error.key, error.values) : say('failed', [messageOf(error)]);
      problem.hidden = false;
    }
  }
}

/** Somebody asked for something else: what was being done is no longer wanted. */
class Overtaken extends Error {}

/** Waits for something, and goes on only if nothing else was asked for meanwhile, also where it failed. */
async function still<T>(waiting: Promise<T>): Promise<T> {
  const mine = asked;
  const [outcome] = await Promise.allSettled([waiting]);
  if (mine !== asked) {
    throw new Overtaken();
  }
  if (outcome.status === 'rejected') {
    throw outcome.reason;
  }
  return outcome.value;
}

async function introduce(): Promise<void> {
  const { channels, demo } = await loadModel();
  isReady = true;
  const names = channels.map(({ displayName }) => displayName);
  const more = names.length - NAMED;
  byId('model', HTMLElement).textContent =
    more > 1 ? say('knows_more', [names.slice(0, NAMED).join(', '), String(more)]) : say('knows', [names.join(', ')]);
  byId('demo', HTMLElement).hidden = !demo;
}

const NAMED = 4; // channels

/** Shows a picture, and looks at it: a photo of a screen is sent to the server, where there is one. */
async function take(file: File, isPhoto: boolean): Promise<void> {
  result.hide();
  why.withdraw();
  stage.clear();
  status.textContent = say('reading');
  open(true);
  [photo, found, corners, place, whole.ariaPressed, find.hidden] = [null, null, null, 0, 'false', true];
  byId('find-note', HTMLElement).hidden = true;
  try {
    photo = await still(readPhoto(file));
  } catch (error) {
    open(error instanceof Overtaken);
    throw error;
  }
  stage.show(photo);
  if (isPhoto && hasServer) {
    await search();
  } else {
    await (photo.thumbnail === null ? choose(null) : lookAtWhole());
  }
}

/** Shows the picture and its tools, or what the page is for. */
function open(hasPicture: boolean): void {
  byId('welcome', HTMLElement).hidden = hasPicture;
  byId('photo', HTMLElement).hidden = !hasPicture;
  document.body.classList.toggle('chosen', hasPicture);
}

/** Lets the server look for thumbnails, and looks at the best; where it does not answer, a person places the corners. */
async function search(): Promise<void> {
  if (photo === null) {
    return;
  }
  status.textContent = say('finding');
  find.hidden = true;
  let all: readonly Found[];
  try {
    all = await still(findThumbnails(photo.canvas));
  } catch (error) {
    if (!(error instanceof Overtaken)) {
      await choose(null);
    }
    throw error;
  }
  found = all.filter(({ score }) => score >= OFFERED * all[0]!.score).map(({ quad }) => quad);
  const best = await still(likeliest(photo.picture, all));
  // A screenshot of a page has the shape of a thumbnail, too: it is one where nothing was found in it.
  await (best === null && photo.shaped ? lookAtWhole() : choose(best));
}

/**
 * The best of those that were found, or a rival of it that a channel is named for: a screen may look more like a
 * thumbnail than the thumbnail on it, but it is nobody's.
 */
async function likeliest(picture: Picture, all: readonly Found[]): Promise<Quad | null> {
  const least = RIVAL * (all[0]?.score ?? 0);
  for (const { quad } of all.slice(0, CLASSIFIED).filter(({ score }) => score >= least)) {
    const { known } = await classify(flatten(picture, quad));
    if (known) {
      return quad;
    }
  }
  return all[0]?.quad ?? null;
}

// As in backend/photo/answer.py, which gives one answer where a person sees no corners: of these, the mean.
const CLASSIFIED = 3;
const RIVAL = 0.5; // of the best score
const OFFERED = 0.1; // of the best score: less is no thumbnail that somebody meant

/** Looks at what is inside corners; without any, they wait in the middle for a person to place them. */
async function choose(quad: Quad | null): Promise<void> {
  if (photo === null) {
    return;
  }
  place = quad !== null && found?.includes(quad) === true ? found.indexOf(quad) : place;
  corners = quad;
  if (quad === null) {
    result.hide();
    why.withdraw();
    arrange(found === null ? 'by_hand' : 'lost');
  } else {
    await lookAtCorners();
  }
}

function flatten(picture: Picture, quad: Quad): Picture {
  const { width, height } = flatSize(quad);
  return rectify(picture, quad, width, height);
}

async function lookAtCorners(): Promise<void> {
  if (corners === null || photo === null) {
    return;
  }
  arrange(found === null ? 'placed' : 'found');
  await answer(flatten(photo.picture, corners));
}

async function lookAtWhole(): Promise<void> {
  if (photo === null) {
    return;
  }
  arrange('is_whole', true);
  await answer(photo.thumbnail ?? photo.picture);
}

async function answer(cutout: Picture): Promise<void> {
  why.withdraw();
  result.wait();
  const said = status.textContent;
  status.textContent = isReady ? said : say('loading');
  const [reply, { heat }] = await still(Promise.all([classify(cutout), loadModel()]));
  status.textContent = said;
  result.show(cutout, reply);
  why.offer(reply, heat !== null);
}

/** Shows the corners or the whole picture, and what can be done with it. */
function arrange(said: TextKey, asWhole = false): void {
  const all = found ?? [];
  const shown = corners ?? (photo === null ? null : middleQuad(photo.canvas));
  stage.place(asWhole ? null : shown, asWhole ? [] : all.filter((_, i) => i !== place));
  status.textContent = say(said);
  whole.ariaPressed = String(asWhole);
  next.hidden = asWhole || all.length < 2;
  next.textContent = say('next', [String(place + 1), String(all.length)]);
  find.hidden = byId('find-note', HTMLElement).hidden = asWhole || found !== null || !hasServer;
}
