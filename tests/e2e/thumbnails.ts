/** The thumbnail hosts: answers as YouTube gives them, and the ways in which an answer can go wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readOut, type Thumbnail } from './fixtures.ts';
import { imitations } from './youtube/videos.ts';

export const THUMBNAIL_HOSTS = [
  'i.ytimg.com',
  ...Array.from({ length: 9 }, (_, index) => `i${String(index + 1)}.ytimg.com`),
  'img.youtube.com',
  'img.youtube-nocookie.com',
  'ytimg.googleusercontent.com',
];

/** Pictures that go wrong, each in its own way; ids are as long as a video's. */
export const FAULTS = {
  reset: 'reset-00001',
  missing: 'missing-001',
  truncated: 'truncated01',
  html: 'wrong-type1',
  placeholder: 'placehold01',
} as const;

export type Fault = keyof typeof FAULTS;

/** Thumbnails whose bytes a script gets only once the test lets them go, one for each page. */
export const HELD = { plain: 'held-plain1', youtube: 'held-youtub' } as const;

/** A picture on a thumbnail host that is no video's thumbnail: it must get no badge. */
export const LOGO_PATH = '/yt/img/logo.jpg';

export function pathOf(id: string): string {
  return `/vi/${id}/hqdefault.jpg`;
}

/** Other sizes of a video's thumbnail, which show the same. */
function variantsOf(id: string): string[] {
  const names = ['mqdefault', 'hqdefault', 'sddefault', 'hq720', 'maxresdefault'].map((name) => `/vi/${id}/${name}.jpg`);
  return [...names, `/vi/${id}/mqdefault.webp`, `/vi_webp/${id}/mqdefault.webp`, `/vi_lc/${id}/hq720_es.jpg`];
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface ThumbnailServer {
  answer: (path: string) => Answer;
  /** Let the held answers go; returns how many. */
  release: () => number;
}

/** Answers every request to a thumbnail host; there are no CORS headers, as YouTube sends none. */
export function thumbnailServer(thumbnails: readonly Thumbnail[]): ThumbnailServer {
  const whole = thumbnails.find(({ type }) => type === 'image/jpeg');
  const picture = whole ? readOut(whole.file) : Buffer.of();
  const waiting: (() => void)[] = [];
  const hold: Answer = (request, response) => {
    const go = sending(200, 'image/jpeg', picture, 'no-store'); // from the cache there would be no wait
    if (request.headers['sec-fetch-dest'] === 'image') go(request, response);
    else waiting.push(() => go(request, response));
  };
  const answers = new Map<string, Answer>([
    ...thumbnails.flatMap(({ id, file, type }) => variantsOf(id).map((path) => [path, sending(200, type, readOut(file))] as const)),
    ...[...thumbnails, ...imitations(thumbnails)].map(({ path, file, type }) => [path, sending(200, type, readOut(file))] as const),
    ...faults(picture).map(([fault, answer]) => [pathOf(FAULTS[fault]), answer] as const),
    ...Object.values(HELD).map((id) => [pathOf(id), hold] as const),
    [LOGO_PATH, sending(200, 'image/jpeg', picture)],
  ]);
  return {
    answer: (path) => answers.get(path) ?? grey(404),
    release: () => waiting.splice(0).map((go) => go()).length,
  };
}

function faults(picture: Buffer): [Fault, Answer][] {
  return [
    ['reset', (request) => request.socket.destroy()],
    ['missing', grey(404)],
    ['truncated', sending(200, 'image/jpeg', picture.subarray(0, picture.length * 0.6))],
    ['html', sending(200, 'text/html; charset=utf-8', Buffer.from('<p>Consent first</p>'))],
    ['placeholder', grey(200)],
  ];
}

/** Read only when it is asked for, so that pages without it need no file. */
function grey(status: number): Answer {
  return (request, response) => sending(status, 'image/jpeg', placeholder())(request, response);
}

/** The grey picture that YouTube sends for a video that does not exist. */
function placeholder(): Buffer {
  return readOut('thumbnails/placeholder.jpg');
}

function sending(status: number, type: string, body: Buffer, caching = 'public, max-age=7200'): Answer {
  const headers = {
    'content-type': type,
    'content-length': body.length,
    'cache-control': status === 200 ? caching : 'no-cache',
    'cross-origin-resource-policy': 'cross-origin',
    'set-cookie': 'probe=1; Path=/; Secure; SameSite=None',
    'timing-allow-origin': '*',
    'x-content-type-options': 'nosniff',
    vary: 'Origin',
    server: 'sffe',
  };
  return (_, response) => void response.writeHead(status, headers).end(body);
}
