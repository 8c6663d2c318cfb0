/** Thumbnails that another host serves: search engines, forums, chats, proxies for pictures, and front ends. */
import { readOut } from '../fixtures.ts';
import { thumbnailUrl, videoId, type GalleryPage, type Pictures } from './page.ts';

type Html = GalleryPage['html'];

const watch = ({ shown }: Pictures): string => `https://www.youtube.com/watch?v=${videoId(shown)}`;
const url = ({ shown }: Pictures, variant?: string): string => encodeURIComponent(thumbnailUrl(shown, variant));
const base64 = (text: string): string => Buffer.from(text).toString('base64url');
const hex = (text: string): string => Buffer.from(text).toString('hex');
/** As proxies split a long part of a path. */
const parts = (text: string): string => (text.match(/.{1,16}/g) ?? []).join('/');

/** The picture itself in the page. */
export function dataUrl({ shown }: Pictures): string {
  return `data:${shown.type};base64,${readOut(shown.file).toString('base64')}`;
}

/** A thumbnail of YouTube's own that the page shows too: it asks YouTube itself, and nobody has to be asked. */
function beside({ other }: Pictures): string {
  return `<img style="display: block; margin-top: 400px" width="168" height="94" src="${thumbnailUrl(other)}" alt="">`;
}

const SIZE = 'id="target" width="320" height="180" alt=""';

/** A page that shows YouTube's own thumbnails too. */
function page(name: string, address: string, html: Html, more: Partial<GalleryPage> = {}): GalleryPage {
  return { name, url: address, html: (pictures) => html(pictures) + beside(pictures), expects: 'answer', ...more };
}

/** A picture that a proxy serves, with the original address in its own. */
function proxied(name: string, address: string, source: (pictures: Pictures) => string, more: Partial<GalleryPage> = {}): GalleryPage {
  const html: Html = (pictures) => `<img ${SIZE} src="${source(pictures).replaceAll('&', '&amp;')}">`;
  return page(name, address, html, { copies: (pictures) => [withoutQuery(new URL(source(pictures), address))], ...more });
}

function withoutQuery({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** A picture that only what is around it names; `html` is given its element. */
function linked(name: string, address: string, html: (pictures: Pictures, img: string) => string, more: Partial<GalleryPage> = {}): GalleryPage {
  const copy = new URL('/cached/1.jpg', address).href;
  return page(name, address, (pictures) => html(pictures, `<img ${SIZE} src="${copy}">`), { copies: () => [copy], ...more });
}

const OWN: readonly GalleryPage[] = [
  page('a localised thumbnail', 'https://www.youtube.com/feed/localised', ({ shown }) =>
    `<img id="target" width=336 height=189 src="https://i.ytimg.com/vi_lc/${videoId(shown)}/hq720_es.jpg?sqp=x&rs=y">`),
  page('a thumbnail of the player without cookies', 'https://blog.example/nocookie', ({ shown }) =>
    `<img ${SIZE} src="https://img.youtube-nocookie.com/vi/${videoId(shown)}/mqdefault.jpg">`),
  page('a thumbnail of Google’s own content host', 'https://blog.example/googleusercontent', ({ shown }) =>
    `<img ${SIZE} src="https://ytimg.googleusercontent.com/vi/${videoId(shown)}/sddefault.jpg">`),
  page('WebP in the folder of the JPEGs', 'https://blog.example/webp', ({ shown }) =>
    `<img ${SIZE} src="https://i.ytimg.com/vi/${videoId(shown)}/mqdefault.webp">`),
  page('a background for screens of several densities', 'https://blog.example/image-set', ({ shown }) =>
    `<div id="target" style="width: 320px; height: 180px; background-size: cover; background-image: image-set(
      url('${thumbnailUrl(shown, 'mqdefault')}') 1x, url('${thumbnailUrl(shown, 'hq720')}') 2x)"></div>`),
  page('a button that is a picture', 'https://blog.example/input', ({ shown }) =>
    `<form><input type="image" ${SIZE} src="${thumbnailUrl(shown)}"></form>`),
  page('a picture of the site’s own in a format for new browsers, YouTube’s for old ones', 'https://blog.example/picture', ({ shown }) =>
    `<picture><source type="image/avif" srcset="/media/none.avif"><source srcset="/media/1.jpg">
      <img ${SIZE} src="${thumbnailUrl(shown)}"></picture>`, { copies: () => ['https://blog.example/media/1.jpg', 'https://blog.example/media/none.avif'] }),
  page('in a closed shadow root', 'https://blog.example/closed', ({ shown }) =>
    `<my-card id="target" style="display: block; width: 320px; height: 180px"></my-card><script>
      document.getElementById('target').attachShadow({ mode: 'closed' }).innerHTML =
        '<div><img width="320" height="180" src="${thumbnailUrl(shown)}" alt=""></div>';
    </script>`),
  page('in a closed shadow root in another one, with the link outside', 'https://blog.example/closed-link', (pictures) =>
    `<a href="${watch(pictures)}"><div id="target" style="width: 320px; height: 180px"></div></a><script>
      const outer = document.getElementById('target').attachShadow({ mode: 'closed' });
      const inner = outer.appendChild(document.createElement('section')).attachShadow({ mode: 'closed' });
      inner.innerHTML = '<img width="320" height="180" src="/cached/shadow.jpg" alt="">';
    </script>`, { copies: () => ['https://blog.example/cached/shadow.jpg'] }),
  page('a preview that plays where the thumbnail was', 'https://www.youtube.com/feed/preview', ({ shown }) =>
    `<a href="/watch?v=${videoId(shown)}"><img ${SIZE} src="https://i.ytimg.com/an_webp/${videoId(shown)}/mqdefault_6s.webp?du=3000"></a>`),
];

const PROXIES: readonly GalleryPage[] = [
  proxied('DuckDuckGo’s proxy', 'https://duckduckgo.com/videos', (pictures) =>
    `https://external-content.duckduckgo.com/iu/?u=${url(pictures, 'maxresdefault')}&f=1`),
  proxied('Startpage’s proxy', 'https://www.startpage.com/sp/search', (pictures) =>
    `/av/proxy-image?piurl=${url(pictures)}&sp=1700000000Tabc`),
  proxied('Brave’s proxy, in base64 between slashes', 'https://search.brave.com/videos', ({ shown }) =>
    `https://imgs.search.brave.com/8Kd1-wq/rs:fit:200:200:1:0/g:ce/${parts(base64(thumbnailUrl(shown)))}`),
  proxied('imgproxy, in base64 with an extension', 'https://reader.example/imgproxy', ({ shown }) =>
    `https://img.reader.example/AfrOrF3gWe/w:640/${base64(thumbnailUrl(shown))}.jpg`),
  proxied('SearXNG’s proxy', 'https://searx.example/search', (pictures) => `/image_proxy?url=${url(pictures)}&h=0123456789abcdef`),
  proxied('Discord’s proxy', 'https://discord.com/channels/1/2', ({ shown }) =>
    `https://images-ext-1.discordapp.net/external/x-Sig_1/https/i.ytimg.com/vi/${videoId(shown)}/maxresdefault.jpg`),
  proxied('Slack’s proxy', 'https://app.slack.com/client/T1/C1', (pictures) =>
    `https://slack-imgs.com/?c=1&o1=ro&url=${url(pictures)}`),
  proxied('Facebook’s proxy', 'https://www.facebook.com/groups/1', (pictures) =>
    `https://external.xx.fbcdn.net/emg1/v/t13/1?url=${url(pictures)}&fb_obo=1&utld=ytimg.com`),
  proxied('GitHub’s proxy, in hexadecimal digits', 'https://github.com/owner/project', ({ shown }) =>
    `https://camo.githubusercontent.com/${'0a'.repeat(20)}/${hex(thumbnailUrl(shown))}`),
  proxied('WordPress’s proxy, without a scheme', 'https://wordpress.example/post', ({ shown }) =>
    `https://i0.wp.com/i.ytimg.com/vi/${videoId(shown)}/hqdefault.jpg?resize=640%2C360&ssl=1`),
  proxied('a reader’s proxy, in base64 after a signature', 'https://reader.example/miniflux', ({ shown }) =>
    `/proxy/q8R-x_1=/${base64(thumbnailUrl(shown))}`),
  proxied('Gmail’s proxy, the address behind it', 'https://mail.google.com/mail/u/0', ({ shown }) =>
    `https://ci3.googleusercontent.com/meips/ADKq_Na=s0-d-e1-ft#${thumbnailUrl(shown)}`),
  proxied('a proxy with the address encoded twice', 'https://reader.example/twice', (pictures) =>
    `https://wsrv.nl/?w=640&url=${encodeURIComponent(url(pictures))}`),
  proxied('Next.js’s pictures', 'https://site.example/videos', (pictures) => `/_next/image?url=${url(pictures)}&w=640&q=75`),
  proxied('Cloudinary’s copies', 'https://site.example/cloudinary', ({ shown }) =>
    `https://res.cloudinary.com/demo/image/fetch/f_auto,w_640/${thumbnailUrl(shown)}`),
  proxied('the Wayback Machine', 'https://web.archive.org/web/20200101000000/page', ({ shown }) =>
    `/web/20200101000000im_/${thumbnailUrl(shown)}`),
  page('Invidious', 'https://inv.example/feed/popular', ({ shown }) =>
    `<a href="/watch?v=${videoId(shown)}"><img id="target" width=320 height=180 src="/vi/${videoId(shown)}/mqdefault.jpg"></a>`,
    { copies: ({ shown }) => [`https://inv.example/vi/${videoId(shown)}/mqdefault.jpg`] }),
  proxied('Piped', 'https://piped.example/trending', ({ shown }) =>
    `https://proxy.piped.example/vi_webp/${videoId(shown)}/maxresdefault.webp?host=i.ytimg.com`),
  proxied('DeArrow’s server', 'https://www.youtube.com/feed/dearrow-server', ({ shown }) =>
    `https://dearrow-thumb.ajay.app/api/v1/getThumbnail?videoID=${videoId(shown)}&time=12.5`),
];

const LINKS: readonly GalleryPage[] = [
  page('Google, with the picture in the page', 'https://www.google.com/search', (pictures) =>
    `<a href="https://www.youtube.com/watch?v=${videoId(pictures.shown)}"><img id="target" width=178 height=100 src="${dataUrl(pictures)}"></a>`),
  page('Google in Britain, without scripts', 'https://www.google.co.uk/search', (pictures) =>
    `<a href="/url?q=${encodeURIComponent(watch(pictures))}&amp;sa=U"><img id="target" width="120" height="68" src="${dataUrl(pictures)}"></a>`),
  page('Google’s videos, which a script opens', 'https://www.google.de/videos', (pictures) =>
    `<div data-surl="${watch(pictures)}" data-vid="x"><div role="button"><img ${SIZE} src="${dataUrl(pictures)}"></div></div>`),
  page('a picture that a script has made', 'https://app.example/blob', (pictures) =>
    `<a href="https://youtu.be/${videoId(pictures.shown)}?t=3"><img ${SIZE}></a><script>
      fetch('${dataUrl(pictures)}').then((reply) => reply.blob()).then((blob) => {
        document.getElementById('target').src = URL.createObjectURL(blob);
      });
    </script>`),
  linked('Bing’s videos', 'https://www.bing.com/videos/search', (pictures, img) =>
    `<div class="mc_vtvc" style="width: 330px"><a class="mc_vtvc_link" href="/videos/riverview/relatedvideo?q=x&mid=0A1B">
      <div class="mc_vtvc_th"><div class="cico">${img}</div></div></a>
      <div class="vrhdata" vrhm='{"murl":"${watch(pictures).replaceAll('/', '\\/')}","vt":"A video","du":"5:04"}'></div></div>`),
  linked('Bing’s results', 'https://www.bing.com/search', (pictures, img) =>
    `<a href="https://www.bing.com/ck/a?!&&p=0a1b&ptn=3&u=a1${base64(watch(pictures))}&ntb=1">${img}</a>`),
  linked('Yahoo', 'https://search.yahoo.com/search', (pictures, img) =>
    `<a href="https://r.search.yahoo.com/_ylt=Aw;_ylu=Y2/RV=2/RE=17/RO=10/RU=${encodeURIComponent(watch(pictures))}/RK=2/RS=x-">${img}</a>`),
  linked('Yandex', 'https://yandex.ru/video/search', (pictures, img) =>
    `<div class="serp-item" data-bem='{"serp-item":{"video":{"url":"http:\\/\\/www.youtube.com\\/watch?v=${videoId(pictures.shown)}"}}}'>
      <a href="/video/preview/1234567890123456789">${img}</a></div>`),
  linked('Reddit', 'https://www.reddit.com/r/videos', (pictures, img) =>
    `<shreddit-post style="display: block; width: 700px" permalink="/r/videos/comments/1abcdef/x/" content-href="https://youtu.be/${videoId(pictures.shown)}">
      <a href="/r/videos/comments/1abcdef/x/">A title</a><div>${img}</div><p>120 comments, 3 hours ago</p></shreddit-post>`),
  linked('old Reddit', 'https://old.reddit.com/r/videos', (pictures, img) =>
    `<div class="thing"><a class="thumbnail" href="https://out.reddit.com/t3_1?url=${encodeURIComponent(watch(pictures))}&token=A">${img}</a></div>`),
  linked('a card of Mastodon', 'https://mastodon.example/@somebody/1', (pictures, img) =>
    `<a class="status-card expanded" style="display: block; width: 340px" href="${watch(pictures)}">
      <div class="status-card__image">${img}</div><div class="status-card__content">A title</div></a>`),
  linked('a card of Mastodon that plays', 'https://mastodon.example/@somebody/2', (pictures, img) =>
    `<div class="status-card interactive" style="width: 340px; position: relative"><div class="status-card__image">${img}
      <div style="position: absolute; top: 70px; left: 120px"><button type="button">Play</button>
      <a href="${watch(pictures)}">Open</a></div></div>
      <a href="${watch(pictures)}" class="status-card__content">A title</a></div>`),
  linked('Facebook’s links', 'https://m.facebook.com/story', (pictures, img) =>
    `<a href="https://l.facebook.com/l.php?u=${encodeURIComponent(`${watch(pictures)}&fbclid=Iw`)}&h=AT0">${img}</a>`),
  linked('a reader: the title beside the picture', 'https://reader.example/feed', (pictures, img) =>
    `<div style="display: flex; gap: 12px; width: 700px">${img}<div><a href="https://www.youtube.com/shorts/${videoId(pictures.shown)}">A title</a>
      <p>A channel, 2 hours ago</p></div></div>`),
  linked('a card with a link all over it', 'https://reader.example/cards', (pictures, img) =>
    `<div style="position: relative; width: 320px">${img}<a style="position: absolute; inset: 0" href="https://m.youtube.com/watch?v=${videoId(pictures.shown)}"></a></div>`),
  page('a player that is only loaded when it is pressed, with a picture of the site’s own', 'https://blog.example/lite', ({ shown }) =>
    `<lite-youtube id="target" videoid="${videoId(shown)}" style="display: block; width: 560px; height: 315px;
      background: url('/media/poster.jpg') center / cover"></lite-youtube>`, { copies: () => ['https://blog.example/media/poster.jpg'] }),
  linked('a player of a plugin', 'https://blog.example/plugin', ({ shown }, img) =>
    `<div class="youtube-player" data-id="${videoId(shown)}" style="width: 320px">${img}<button type="button">Play</button></div>`),
  linked('a player that waits for consent', 'https://blog.example/consent', ({ shown }, img) =>
    `<div style="position: relative; width: 320px">${img}<iframe hidden data-src="https://www.youtube-nocookie.com/embed/${videoId(shown)}"></iframe>
      <button type="button">Accept and play</button></div>`),
  linked('a preview of a link in a chat', 'https://chat.example/room', (pictures, img) =>
    `<div class="LinkPreview" style="display: flex; width: 800px"><div>${img}</div><div><a href="https://youtu.be/${videoId(pictures.shown)}">A title</a>
      <div>${'A description of it. '.repeat(12)}</div></div></div>`),
  page('DeArrow’s picture on YouTube', 'https://www.youtube.com/feed/dearrow', (pictures) =>
    `<a href="/watch?v=${videoId(pictures.shown)}"><img style="display: none" src="${thumbnailUrl(pictures.shown)}">
      <img ${SIZE} class="cbCustomThumbnailCanvas cb-visible" src="${dataUrl(pictures)}"></a>`),
  page('DeArrow’s drawn picture on YouTube', 'https://www.youtube.com/feed/dearrow-canvas', ({ shown }) =>
    `<a href="/watch?v=${videoId(shown)}"><canvas ${SIZE} class="cbCustomThumbnailCanvas"></canvas></a>`),
  linked('a front end whose links are YouTube’s', 'https://tube.example/search', (pictures, img) =>
    `<a href="/watch?v=${videoId(pictures.shown)}">${img}</a><footer><a href="https://github.com/iv-org/invidious">Source</a></footer>`),
];

const ELSEWHERE = 'https://www.youtube.com/watch?v=dQw4w9WgXcQ';

/** Pictures that are no thumbnails of videos of YouTube's, on pages that have some. */
function silent(name: string, address: string, html: (pictures: Pictures, img: string) => string, more: Partial<GalleryPage> = {}): GalleryPage {
  return linked(name, address, html, { expects: 'silent', ...more });
}

const sized = (width: number, height: number): string => `<img id="target" width="${width}" height="${height}" src="/cached/1.jpg" style="object-fit: cover" alt="">`;

const NONE: readonly GalleryPage[] = [
  silent('an avatar with a link to a video', 'https://chat.example/avatar', (pictures) => `<a href="${watch(pictures)}">${sized(120, 120)}</a>`),
  silent('a logo with a link to a channel', 'https://blog.example/logo', (_, img) => `<a href="https://www.youtube.com/@channel">${img}</a>`),
  silent('an album cover with a link to a song', 'https://music.example/album', (pictures) =>
    `<a href="https://music.youtube.com/watch?v=${videoId(pictures.shown)}">${sized(300, 300)}</a>`),
  silent('an upright poster with a link to its trailer', 'https://cinema.example/film', (pictures) => `<a href="${watch(pictures)}">${sized(200, 300)}</a>`),
  silent('an icon with a link to a video', 'https://blog.example/icon', (pictures) => `<a href="${watch(pictures)}">${sized(64, 36)}</a>`),
  silent('an advertisement beside a link to a video', 'https://news.example/ad', (pictures, img) =>
    `<div style="width: 330px"><a href="https://shop.example/offer">${img}</a><a href="${watch(pictures)}">A video</a></div>`),
  silent('an article’s picture with a link to the article', 'https://news.example/teaser', (pictures, img) =>
    `<div style="width: 330px"><a href="/article/1">${img}</a><a href="${watch(pictures)}">Watch on YouTube</a></div>`),
  silent('an article’s picture far from a link to a video', 'https://news.example/article', (pictures, img) =>
    `<article style="width: 640px"><h1>A title</h1>${img}<p>${'Some words. '.repeat(60)}</p><p>Our <a href="${watch(pictures)}">video</a>.</p></article>`),
  silent('a picture above a sentence with a link to a video', 'https://news.example/sentence', (pictures, img) =>
    `<article style="width: 640px">${img}<p>Somebody has put <a href="${watch(pictures)}">a video</a> of it online.</p></article>`),
  silent('a picture beside links to two videos', 'https://blog.example/two', (pictures, img) =>
    `<div style="width: 330px">${img}<a href="${watch(pictures)}">One</a> <a href="${ELSEWHERE}">Two</a></div>`),
  silent('a video of Vimeo’s', 'https://blog.example/vimeo', (_, img) => `<a href="https://vimeo.com/76979871">${img}</a>`),
  silent('a video of Dailymotion’s', 'https://blog.example/dailymotion', (_, img) => `<a href="https://www.dailymotion.com/video/x8abcdefghi">${img}</a>`),
  silent('a video of another site with links like YouTube’s', 'https://othersite.example/videos', (_, img) =>
    `<a href="https://othersite.example/watch?v=abcdefghijk">${img}</a>`),
  silent('a video of PeerTube’s', 'https://peertube.example/videos', (_, img) => `<a href="/w/kkGMgK9ZtnKfYAgnEtQxbv">${img}</a>`),
  silent('a link to a playlist', 'https://blog.example/playlist', (_, img) =>
    `<a href="https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf">${img}</a>`),
  silent('a link to a channel', 'https://blog.example/channel', (_, img) =>
    `<a href="https://www.youtube.com/channel/UCuAXFkgsw1L7xaCfnd5JJOw">${img}</a>`),
  silent('a folder that is called as YouTube’s', 'https://cdn.example/gallery', () => `<img ${SIZE} src="/vi/logo-small1/banner.jpg">`,
    { copies: () => ['https://cdn.example/vi/logo-small1/banner.jpg'] }),
  silent('a thumbnail that is not there yet', 'https://blog.example/lazy', (pictures) =>
    `<a href="${watch(pictures)}"><img ${SIZE} data-src="${thumbnailUrl(pictures.shown)}" style="background: #ddd"
      src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"></a>`),
  silent('a playlist’s own picture on YouTube', 'https://www.youtube.com/feed/playlist', (pictures) =>
    `<a href="/watch?v=${videoId(pictures.shown)}&list=PL1"><img ${SIZE} src="https://i.ytimg.com/pl_c/PL1/studio_square_thumbnail.jpg"></a>`),
];

export const SOURCES: readonly GalleryPage[] = [...OWN, ...PROXIES, ...LINKS, ...NONE];
