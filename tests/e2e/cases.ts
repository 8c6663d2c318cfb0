/** One small page for each way in which a page can show a thumbnail; what is pointed at has the id `target`. */
import type { Thumbnail } from './fixtures.ts';
import { escaped, PAGES } from './pages.ts';
import type { StaticFiles } from './server.ts';
import { LOGO_PATH } from './thumbnails.ts';

/** A thumbnail that every page shows besides, so that a test knows when the content script listens. */
export const READY = 'ready';
export const TARGET = 'target';

/** Pages that need no more than a pointer on their target. */
export const SIMPLE = [
  'image',
  'srcset',
  'background',
  'before',
  'poster',
  'svg',
  'shadow',
  'nested-shadow',
  'overlay',
  'unhittable',
  'preview',
  'zoom',
  'rtl',
] as const;

/** Frames whose pages came without an address of their own; a sandboxed one may not look at the page around it either. */
export const ADDRESSLESS = ['srcdoc', 'sandboxed', 'blank'] as const;

/** The others are steered by their tests. */
type Steered = 'frame' | 'framed' | 'late' | 'scroll' | 'cropped' | 'low' | 'dialog' | 'focus' | 'title' | 'wide' | 'card' | 'right-to-left';

export type Case = (typeof SIMPLE)[number] | (typeof ADDRESSLESS)[number] | Steered;

const STYLE = `
  body { margin: 0; padding: 16px; font: 14px/1.4 sans-serif; }
  #target, .box { position: relative; display: block; width: 320px; height: 180px; margin: 0; border: 0; }
  .cover { background-size: cover; }
  .fill { position: absolute; inset: 0; width: 100%; height: 100%; }
  #ready { display: block; width: 320px; height: 180px; margin-bottom: 24px; }
`;

type Body = (url: string) => string;

const BODIES: Record<Case, Body> = {
  image: (url) => `<img id="target" src="${url}" alt="">`,
  srcset: (url) => `<picture><source srcset="${url} 1x, ${url} 2x"><img id="target" src="${logo()}" alt=""></picture>`,
  background: (url) => `<div id="target" class="cover" style="background-image: url('${url}')"></div>`,
  before: (url) => `<style>#target::before { content: ""; position: absolute; inset: 0;
    background: linear-gradient(#0002, #0002), url("${url}") center / cover; }</style><div id="target"></div>`,
  poster: (url) => `<video id="target" poster="${url}" style="object-fit: cover"></video>`,
  svg: (url) => `<svg id="target" viewBox="0 0 16 9"><image href="${url}" width="16" height="9"/></svg>`,
  shadow: (url) => shadow(`<img class="fill" src="${url}" alt="">`),
  'nested-shadow': (url) => `${shadow('<inner-card class="fill"></inner-card>')}<script>{
    const inner = document.getElementById('target').shadowRoot.querySelector('inner-card');
    inner.style.display = 'block';
    inner.attachShadow({ mode: 'open' }).innerHTML = '<img src="${url}" alt="" style="width: 320px; height: 180px">'; }
    </script>`,
  overlay: (url) => `<div id="target"><img class="fill" src="${url}" alt=""><a class="fill" href="#a"></a>
    <div class="fill" style="inset: -900px"></div></div>`,
  unhittable: (url) => `<a id="target" href="#a"><img class="fill" style="pointer-events: none" src="${url}" alt=""></a>`,
  preview: (url) => `<ytd-rich-item-renderer id="target" style="height: 260px"><a href="#a"><img class="box" src="${url}" alt="">
    </a><h3>Title</h3></ytd-rich-item-renderer><ytd-video-preview style="position: absolute; left: 8px; top: 212px;
    width: 440px; height: 380px; background: #000"><video class="fill"></video></ytd-video-preview>`,
  zoom: (url) => `<style>html { zoom: 1.5; }</style><img id="target" src="${url}" alt="">`,
  rtl: (url) => `<div dir="rtl" style="width: 700px"><img id="target" src="${url}" alt=""></div>`,
  dialog: (url) => `<dialog style="transform: translateY(40px)"><img id="target" src="${url}" alt=""></dialog>`,
  frame: () => '<iframe id="target" src="/case/framed"></iframe>',
  framed: (url) => `<style>#ready { display: none } body { padding: 0 }</style><img id="target" src="${url}" alt="">`,
  srcdoc: (url) => srcdoc(url),
  sandboxed: (url) => srcdoc(url, 'sandbox="allow-scripts"'),
  blank: (url) => `<iframe id="target"></iframe><script>addEventListener('load', () => {
    const { body } = document.getElementById('target').contentDocument;
    body.style.margin = 0;
    const image = body.ownerDocument.createElement('img');
    image.src = '${url}';
    image.width = 320;
    image.height = 180;
    body.append(image); });</script>`,
  'right-to-left': (url) => `<script>document.documentElement.dir = 'rtl';</script><img id="target" src="${url}" alt="">`,
  late: () => '<div id="target"></div>',
  scroll: (url) => `<div style="height: 1500px"></div><img id="target" src="${url}" alt=""><div style="height: 1500px"></div>`,
  cropped: (url) => `<div style="width: 320px; height: 180px; overflow: hidden; border: 4px solid #888; border-radius: 12px">
    <img id="target" src="${url}" alt="" style="height: 240px; margin-top: -30px"></div>`,
  low: (url) => `<div style="height: 400px"></div><img id="target" src="${url}" alt=""><div style="height: 40px"></div>`,
  focus: (url) => `<a id="target" href="#a"><img class="fill" src="${url}" alt=""></a><p><a id="after" href="#b">After</a></p>`,
  title: (url) => `<yt-lockup-view-model><a tabindex="-1" href="/watch?v=${videoId(url)}"><img class="box" src="${url}" alt=""></a>
    <a id="target" style="height: 20px" href="/watch?v=${videoId(url)}">Title</a></yt-lockup-view-model>`,
  wide: () => `<img id="target" src="/wide.jpg" alt=""><img id="square" src="/wide.jpg" alt="" style="width: 180px; height: 180px">`,
  card: (url) => card(url, 'Somebody Else', '@somebody-else'),
};

function logo(): string {
  return `https://i.ytimg.com${LOGO_PATH}`;
}

function videoId(url: string): string {
  return url.split('/')[4] ?? '';
}

function shadow(html: string): string {
  return `<x-card id="target"></x-card><script>
    document.getElementById('target').attachShadow({ mode: 'open' }).innerHTML =
      '<style>.fill { position: absolute; inset: 0; width: 100%; height: 100%; }</style>${html}';</script>`;
}

function srcdoc(url: string, attribute = ''): string {
  const inner = `<body style='margin: 0'><img src='${url}' width='320' height='180' alt=''>`;
  return `<iframe id="target" srcdoc="${inner}" ${attribute}></iframe>`;
}

/** A video as YouTube lists it, with the channel that posted it. */
function card(url: string, name: string, handle: string): string {
  return `<ytd-rich-item-renderer><a href="/watch?v=${videoId(url)}"><img id="target" src="${url}" alt=""></a>
    <h3>Title</h3><a href="/${handle}">${escaped(name)}</a></ytd-rich-item-renderer>`;
}

/** The address of a case's page. */
export function caseUrl(name: Case): string {
  return `${PAGES.plain}case/${name}`;
}

/** Pages on YouTube's own host, with the same thumbnail posted by others and by the channel itself. */
export const YOUTUBE_CASES = {
  other: `${PAGES.youtube}case/other`,
  own: `${PAGES.youtube}case/own`,
  several: `${PAGES.youtube}case/several`,
} as const;

/** All pages: `shown` is the target's thumbnail, `ready` the other one. */
export function caseFiles(shown: Thumbnail, ready: Thumbnail, picture: Buffer): StaticFiles {
  const url = addressOf(shown);
  const page = (body: string) => ({ type: 'text/html; charset=utf-8', body: Buffer.from(html(body, addressOf(ready))) });
  const own = shown.display_name.toUpperCase();
  return new Map([
    ...(Object.keys(BODIES) as Case[]).map((name) => [caseUrl(name), page(BODIES[name](url))] as const),
    [YOUTUBE_CASES.other, page(card(url, 'Somebody Else', '@somebody-else'))],
    [YOUTUBE_CASES.own, page(card(url, own, '@another-handle'))],
    [YOUTUBE_CASES.several, page(card(url, `${own.replaceAll(' ', '-\u200b')} and 3 more`, '@another-handle'))],
    [`${PAGES.plain}wide.jpg`, { type: 'image/jpeg', body: picture }],
  ]);
}

export function addressOf({ path }: Thumbnail): string {
  return `https://i.ytimg.com${path}`;
}

function html(body: string, ready: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Case</title>
    <link rel="icon" href="${logo()}"><style>${STYLE}</style></head>
    <body><img id="ready" src="${ready}" alt="">${body}</body></html>`;
}
