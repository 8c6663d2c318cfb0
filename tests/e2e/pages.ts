/** The pages that are hovered: a plain one, and one built like YouTube's with its strict Content-Security-Policy. */
import type { ServerResponse } from 'node:http';
import { FAULTS, HELD, LOGO_PATH, pathOf } from './thumbnails.ts';
import type { Thumbnail } from './fixtures.ts';
import { layoutFile } from './youtube/page.ts';

export const PAGES = { plain: 'https://plain.example/', youtube: 'https://www.youtube.com/' } as const;
export type PageName = keyof typeof PAGES;

const NONCE = 'ZTJlLW5vbmNl';

/** Collects violations where a test can read them; also shows that scripts of the page itself are allowed. */
const SCRIPT = `
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    window.violations.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample);
  }, true);
  for (const name of ['ytd-app', 'ytd-rich-item-renderer', 'ytd-thumbnail', 'yt-image', 'ytd-thumbnail-overlay']) {
    customElements.define(name, class extends HTMLElement {});
  }
`;

const POLICY = [
  "default-src 'none'",
  "require-trusted-types-for 'script'",
  `script-src 'nonce-${NONCE}'`,
  "object-src 'none'",
  "base-uri 'self'",
  "style-src 'self'",
  'img-src https://i.ytimg.com',
].join('; ');

const STYLE = `
  :root { color-scheme: light; --paper: #fff; --ink: #0f0f0f; }
  :root[data-theme=dark] { color-scheme: dark; --paper: #0f0f0f; --ink: #f1f1f1; }
  body { margin: 0; padding: 24px; background: var(--paper); color: var(--ink); font: 14px/1.4 sans-serif; }
  main, ytd-rich-grid { display: grid; grid-template-columns: repeat(3, 336px); gap: 24px 16px; }
  figure { margin: 0; }
  img { display: block; width: 336px; height: 189px; object-fit: cover; background: #8884; }
  img.small { width: 168px; height: 94px; }
  ytd-app, ytd-rich-item-renderer { display: block; }
  ytd-thumbnail { display: block; width: fit-content; position: relative; border-radius: 12px; overflow: hidden; }
  yt-image { display: block; transform: translateZ(0); }
  ytd-thumbnail-overlay { position: absolute; inset: 0; z-index: 10; }
  ytd-thumbnail-overlay span { position: absolute; right: 8px; bottom: 8px; padding: 1px 4px; border-radius: 4px;
    background: #000c; color: #fff; font-size: 12px; }
  h3 { margin: 8px 0 0; font-size: 15px; }
`;

export const LOGO = 'logo';
/** Pictures as narrow as in YouTube's sidebar: one that is answered, one whose error needs several lines. */
export const SMALL = ['small-thumbnail', 'small-error'] as const;

interface Item {
  id: string;
  url: string;
  small?: boolean;
}

/** Every picture of a page, in order: the thumbnails, those that go wrong or wait, a logo, and small ones. */
function items(page: PageName, thumbnails: readonly Thumbnail[]): Item[] {
  const good = thumbnails.map(({ id, path }, index) => ({
    id,
    url: `https://${host(page, index)}${path}${query(index)}`,
  }));
  const special = [...Object.values(FAULTS), HELD[page]].map((id) => ({ id, url: onMainHost(pathOf(id)) }));
  const logo = { id: LOGO, url: onMainHost(LOGO_PATH) };
  const [first = logo] = good;
  const small = [
    { id: SMALL[0], url: first.url, small: true },
    { id: SMALL[1], url: onMainHost(pathOf(FAULTS.placeholder)), small: true },
  ];
  return [...good, ...special, logo, ...small];
}

function onMainHost(path: string): string {
  return `https://i.ytimg.com${path}`;
}

/** Other pages embed thumbnails from any of YouTube's hosts; YouTube itself uses one. */
function host(page: PageName, index: number): string {
  const others = ['i.ytimg.com', 'img.youtube.com', 'i3.ytimg.com'];
  return page === 'youtube' ? 'i.ytimg.com' : (others[index % 3] ?? 'i.ytimg.com');
}

/** Listings ask for a size by a signed query. */
function query(index: number): string {
  return index % 2 === 0 ? '' : '?sqp=-oaymwEcCNACELwBSFXyq4qpAw4IARUAAIhCGAFwAcABBg==&rs=AOn4CLD';
}

export function servePage(
  response: ServerResponse,
  page: PageName,
  path: string,
  thumbnails: readonly Thumbnail[],
): void {
  const layout = page === 'youtube' ? layoutFile(path, NONCE, thumbnails) : null;
  if (layout) send(response, layout.type, layout.body, POLICY);
  else if (path === '/style.css') send(response, 'text/css', STYLE);
  else if (path !== '/') response.writeHead(404).end();
  else if (page === 'plain') send(response, 'text/html; charset=utf-8', plainPage(items(page, thumbnails)));
  else send(response, 'text/html; charset=utf-8', youtubePage(items(page, thumbnails)), POLICY);
}

function send(response: ServerResponse, type: string, body: string, policy?: string): void {
  const headers = policy === undefined ? {} : { 'content-security-policy': policy };
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache', ...headers }).end(body);
}

function document(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
    <link rel="icon" href="https://i.ytimg.com/favicon.jpg"><link rel="stylesheet" href="/style.css"></head>
    <body>${body}<script nonce="${NONCE}">${SCRIPT}</script></body></html>`;
}

function plainPage(pictures: Item[]): string {
  const figures = pictures.map((item) => `<figure>${image(item)}<figcaption>${item.id}</figcaption></figure>`);
  return document('Plain page', `<main>${figures.join('')}</main>`);
}

/** Custom elements around the picture, and above it an overlay that takes every pointer event. */
function youtubePage(pictures: Item[]): string {
  const renderers = pictures.map(
    (item) => `<ytd-rich-item-renderer><ytd-thumbnail>
      <a href="#watch-${item.id}"><yt-image>${image(item)}</yt-image></a>
      <ytd-thumbnail-overlay><span>12:34</span></ytd-thumbnail-overlay></ytd-thumbnail>
      <h3>${item.id}</h3></ytd-rich-item-renderer>`,
  );
  return document('YouTube', `<ytd-app><ytd-rich-grid>${renderers.join('')}</ytd-rich-grid></ytd-app>`);
}

function image({ id, url, small }: Item): string {
  return `<img id="${id}" src="${escaped(url)}" alt=""${small ? ' class="small"' : ''}>`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}
