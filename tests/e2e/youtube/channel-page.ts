/** A channel's page as YouTube serves it: today's header and lockups, the older grid, and the site for phones. */
import type { Poster } from './videos.ts';

export const SKINS = ['today', 'older', 'phone'] as const;
export type Skin = (typeof SKINS)[number];

export interface ChannelPageProps {
  poster: Poster;
  /** Of YouTube's `UC…`; '' where the head does not say it. */
  id?: string;
  /** The ids of its videos. */
  videos: readonly string[];
  /** Videos of somebody else that lie between them. */
  foreign?: readonly string[];
  skin?: Skin;
  /** What is added to the end of the page. */
  extra?: string;
  /** Whether there is room beside *Subscribe*. */
  isFull?: boolean;
}

const STYLE = `body { margin: 0; font: 14px/1.4 sans-serif; background: #fff; color: #111 } [hidden] { display: none !important }
  ytd-masthead { display: block; position: fixed; z-index: 2020; inset: 0 0 auto; height: 56px; background: #fff }
  ytd-page-manager, .page { display: block; padding: 64px 16px 0 } h1 { margin: 0; font-size: 30px } h1 span { display: inline }
  .actions, yt-flexible-actions-view-model, #buttons { display: flex; gap: 8px; margin: 10px 0 } button.yt { height: 36px; padding: 0 16px; border: 0; border-radius: 18px }
  yt-subscribe-button-view-model, ytd-subscribe-button-renderer, ytm-subscribe-button-renderer { display: block }
  yt-page-header-renderer, ytd-c4-tabbed-header-renderer, ytm-c4-tabbed-header-renderer, .ytPageHeaderViewModelHost { display: block; min-height: 150px }
  #contents { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 12px } #contents > * { display: block }
  #contents a, yt-lockup-view-model, ytd-thumbnail, ytm-media-item { display: block } #contents img { display: block; width: 210px; height: 118px; background: #ccc }
  ytm-shorts-lockup-view-model { display: block; width: 90px } ytm-shorts-lockup-view-model img { width: 90px !important; height: 160px !important }
  .full button.yt { width: calc(100vw - 40px) } .full nav { height: 60px; margin-top: -4px; background: #eee }`;

const picture = (id: string): string => `<img alt="" src="https://i.ytimg.com/vi/${id}/mqdefault.jpg">`;

function lockup(id: string, name = ''): string {
  const by = name === '' ? '' : `<div class="ytContentMetadataViewModelMetadataRow"><a href="/@SomebodyElse">${name}</a></div>`;
  return `<ytd-rich-item-renderer><yt-lockup-view-model><a href="/watch?v=${id}&pp=abc"><yt-thumbnail-view-model>${picture(id)}</yt-thumbnail-view-model></a>
    <yt-lockup-metadata-view-model><h3><a href="/watch?v=${id}">Video ${id}</a></h3><yt-content-metadata-view-model>${by}<div
    class="ytContentMetadataViewModelMetadataRow"><span class="yt-content-metadata-view-model__metadata-text">1.2K views</span><span
    class="yt-content-metadata-view-model__metadata-text">3 days ago</span></div></yt-content-metadata-view-model></yt-lockup-metadata-view-model>
    </yt-lockup-view-model></ytd-rich-item-renderer>`;
}

function older(id: string, name = ''): string {
  const by = name === '' ? '' : `<ytd-channel-name><a href="/@SomebodyElse">${name}</a></ytd-channel-name>`;
  return `<ytd-grid-video-renderer><ytd-thumbnail><a id="thumbnail" href="/watch?v=${id}">${picture(id)}</a></ytd-thumbnail><h3><a
    id="video-title" href="/watch?v=${id}">Video ${id}</a></h3>${by}<div id="metadata-line"><span>1.2K views</span></div></ytd-grid-video-renderer>`;
}

function onPhone(id: string, name = ''): string {
  const by = name === '' ? '1.2K views • 3 days ago' : `${name} • 1.2K views • 3 days ago`;
  return `<ytm-video-with-context-renderer><ytm-media-item><a href="/watch?v=${id}"><div class="video-thumbnail-container-large">${picture(id)}</div></a>
    <div><a href="/watch?v=${id}"><h3>Video ${id}</h3></a><ytm-badge-and-byline-renderer><span class="YtmBadgeAndBylineRendererItemByline">${by}</span>
    </ytm-badge-and-byline-renderer></div></ytm-media-item></ytm-video-with-context-renderer>`;
}

const CARDS: Record<Skin, (id: string, name?: string) => string> = { today: lockup, older, phone: onPhone };

function header(skin: Skin, { name, handle }: Poster): string {
  const subscribe = (tag: string): string => `<${tag}><button class="yt" id="subscribe">Subscribe</button></${tag}>`;
  return {
    today: `<yt-page-header-renderer><yt-page-header-view-model class="ytPageHeaderViewModelHost"><yt-dynamic-text-view-model><h1><span
      class="yt-core-attributed-string" role="text">${name}</span></h1></yt-dynamic-text-view-model><yt-content-metadata-view-model><div><span>\u200e${handle}</span>
      <span> • 1M subscribers</span></div></yt-content-metadata-view-model><yt-flexible-actions-view-model>${subscribe('yt-subscribe-button-view-model')}
      <button class="yt" id="join">Join</button></yt-flexible-actions-view-model></yt-page-header-view-model></yt-page-header-renderer>`,
    older: `<ytd-c4-tabbed-header-renderer><ytd-channel-name id="channel-name"><yt-formatted-string id="text">${name}</yt-formatted-string>
      </ytd-channel-name><yt-formatted-string id="channel-handle">${handle}</yt-formatted-string><div id="buttons"><div id="subscribe-button">
      ${subscribe('ytd-subscribe-button-renderer')}</div></div></ytd-c4-tabbed-header-renderer>`,
    phone: `<yt-page-header-renderer><div class="ytPageHeaderViewModelHost"><h1 class="dynamicTextViewModelH1"><span role="text">${name}</span></h1><div><span>${handle}</span></div>
      <div class="actions">${subscribe('ytm-subscribe-button-renderer')}</div></div></yt-page-header-renderer>`,
  }[skin];
}

function head({ name }: Poster, id: string): string {
  const address = `https://www.youtube.com/channel/${id}`;
  const own = `<link rel="canonical" href="${address}"><meta property="og:url" content="${address}"><link rel="alternate" type="application/rss+xml"
    title="RSS" href="https://www.youtube.com/feeds/videos.xml?channel_id=${id}">`;
  return `<meta property="og:title" content="${name}">${id === '' ? '' : own}`;
}

/** The content of the page, as YouTube swaps it when it goes from channel to channel. */
export function channelBody({ poster, videos, foreign = [], skin = 'today', isFull = false }: ChannelPageProps): string {
  const card = CARDS[skin];
  const short = videos[0] ?? 'short-00001';
  const shorts = `<ytm-shorts-lockup-view-model><a href="/shorts/${short}"><img alt="" src="https://i.ytimg.com/vi/${short}/oardefault.jpg"></a></ytm-shorts-lockup-view-model>`;
  const list = `<ytd-rich-item-renderer><yt-lockup-view-model><a href="/watch?v=list-000001&list=PL123"><yt-collection-thumbnail-view-model>${picture('list-000001')}
    </yt-collection-thumbnail-view-model></a></yt-lockup-view-model></ytd-rich-item-renderer>`;
  const ad = `<ytd-rich-item-renderer><ytd-ad-slot-renderer><yt-lockup-view-model><a href="/watch?v=advert-0001">${picture('advert-0001')}</a></yt-lockup-view-model></ytd-ad-slot-renderer></ytd-rich-item-renderer>`;
  const cards = [...videos.map((id) => card(id)), ...foreign.map((id) => card(id, 'Somebody Else Entirely'))];
  return `<ytd-browse page-subtype="channels" class="${isFull ? 'full' : ''}">${header(skin, poster)}<nav><a href="#videos">Videos</a></nav><ytd-rich-grid-renderer><div id="contents">
    ${cards.join('')}${shorts}${list}${ad}</div></ytd-rich-grid-renderer></ytd-browse>`;
}

/** The whole document. */
export function channelPage(props: ChannelPageProps): string {
  const { poster, id = '', extra = '' } = props;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${poster.name} - YouTube</title><link rel="icon" href="data:,">
    <meta name="viewport" content="width=device-width">${head(poster, id)}<style>${STYLE}</style></head>
    <body><ytd-app><ytd-masthead></ytd-masthead><ytd-page-manager>${channelBody(props)}</ytd-page-manager></ytd-app>${extra}</body></html>`;
}
