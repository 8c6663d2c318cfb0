/** The markup of YouTube's lists of videos, as far as an extension can notice it: one function for each layout. */
import { LOGO_PATH } from '../thumbnails.ts';
import type { Poster, Video } from './videos.ts';

export const LAYOUTS = ['home', 'search', 'watch', 'channel'] as const;
export type Layout = (typeof LAYOUTS)[number];

const AVATAR = `https://i.ytimg.com${LOGO_PATH}`;
/** Real ones have this and more: progress, badges that come with the pointer, buttons. */
const DURATION = '12:34';

export function layoutBody(layout: Layout, videos: readonly Video[], owner: Poster): string {
  return { home, search, watch, channel }[layout](videos, owner);
}

function home(videos: readonly Video[]): string {
  const cards = videos.map((video) => `<ytd-rich-item-renderer><div id="content">${lockup(video)}</div></ytd-rich-item-renderer>`);
  return `<ytd-browse page-subtype="home"><ytd-rich-grid-renderer><div id="contents">${cards.join('')}</div>
    </ytd-rich-grid-renderer></ytd-browse>`;
}

/** The newer card, of view models. */
function lockup({ id, poster }: Video): string {
  return `<yt-lockup-view-model class="yt-lockup-view-model lockup">
    <a href="/watch?v=${id}" class="yt-lockup-view-model__content-image" tabindex="-1"><yt-thumbnail-view-model>
      <div class="ytThumbnailViewModelImage"><img id="${id}" class="ytCoreImageHost" alt=""></div>
      <yt-thumbnail-overlay-badge-view-model><yt-thumbnail-badge-view-model><badge-shape><div class="duration">${DURATION}</div>
        </badge-shape></yt-thumbnail-badge-view-model></yt-thumbnail-overlay-badge-view-model>
      <yt-thumbnail-overlay-progress-bar-view-model class="progress"></yt-thumbnail-overlay-progress-bar-view-model>
      <yt-thumbnail-hover-overlay-view-model class="shade"></yt-thumbnail-hover-overlay-view-model>
      <yt-thumbnail-hover-overlay-toggle-actions-view-model class="buttons"><button aria-label="Watch later">+</button>
        <button aria-label="Add to queue">=</button></yt-thumbnail-hover-overlay-toggle-actions-view-model>
    </yt-thumbnail-view-model></a>
    <div class="yt-lockup-view-model__metadata"><a href="/${poster.handle}" aria-label="Go to channel"><img class="avatar"
      src="${AVATAR}" alt=""></a><yt-lockup-metadata-view-model><h3><a href="/watch?v=${id}">Video ${id}</a></h3>
      <yt-content-metadata-view-model><div class="row"><a class="yt-core-attributed-string__link" href="/${poster.handle}">${poster.name}</a></div>
        <div class="row"><span>1.2M views</span> • <span>3 days ago</span></div></yt-content-metadata-view-model>
    </yt-lockup-metadata-view-model></div></yt-lockup-view-model>`;
}

/** The older thumbnail, with its overlays of two kinds: always there, and there with the pointer. */
function thumbnail(id: string): string {
  return `<ytd-thumbnail><a id="thumbnail" href="/watch?v=${id}" tabindex="-1">
    <yt-image><img id="${id}" class="yt-core-image" alt=""></yt-image>
    <div id="overlays"><ytd-thumbnail-overlay-time-status-renderer class="duration"><div id="time-status"><span id="text">${DURATION}</span></div>
      </ytd-thumbnail-overlay-time-status-renderer><ytd-thumbnail-overlay-resume-playback-renderer class="progress">
      </ytd-thumbnail-overlay-resume-playback-renderer></div>
    <div id="mouseover-overlay" class="shade"></div>
    <div id="hover-overlays" class="buttons"><ytd-thumbnail-overlay-toggle-button-renderer><button aria-label="Watch later">+</button>
      </ytd-thumbnail-overlay-toggle-button-renderer></div></a></ytd-thumbnail>`;
}

function channelName(content: string): string {
  return `<ytd-channel-name id="channel-name"><div id="container"><div id="text-container">
    <yt-formatted-string id="text">${content}</yt-formatted-string></div></div></ytd-channel-name>`;
}

function linked({ name, handle }: Poster): string {
  return `<a class="yt-simple-endpoint" href="/${handle}">${name}</a>`;
}

function search(videos: readonly Video[]): string {
  const cards = videos.map(
    ({ id, poster }) => `<ytd-video-renderer><div id="dismissible">${thumbnail(id)}<div class="text-wrapper">
      <h3><a id="video-title" href="/watch?v=${id}">Video ${id}</a></h3><div id="channel-info">
      <a id="channel-thumbnail" href="/${poster.handle}"><img class="avatar" src="${AVATAR}" alt=""></a>
      ${channelName(linked(poster))}</div></div></div></ytd-video-renderer>`,
  );
  return `<ytd-search><ytd-section-list-renderer><ytd-item-section-renderer><div id="contents">${cards.join('')}</div>
    </ytd-item-section-renderer></ytd-section-list-renderer></ytd-search>`;
}

/** A player, the links of who posted what plays in it, and a sidebar whose small cards name a channel without a link. */
function watch(videos: readonly Video[], owner: Poster): string {
  const cards = videos.map(
    ({ id, poster }) => `<ytd-compact-video-renderer><div id="dismissible">${thumbnail(id)}<div class="details">
      <h3><a href="/watch?v=${id}"><span id="video-title">Video ${id}</span></a></h3>${channelName(poster.name)}</div></div>
      </ytd-compact-video-renderer>`,
  );
  return `<ytd-watch-flexy><div id="primary"><div id="player"><video class="html5-main-video"></video></div>
    <ytd-watch-metadata><h1>What plays</h1><ytd-video-owner-renderer>${channelName(linked(owner))}</ytd-video-owner-renderer>
    </ytd-watch-metadata></div><div id="secondary"><ytd-watch-next-secondary-results-renderer><div id="items">
    ${cards.join('')}</div></ytd-watch-next-secondary-results-renderer></div></ytd-watch-flexy>`;
}

/** A channel's own page names the channel once, above, and not in its cards. */
function channel(videos: readonly Video[], { name, handle }: Poster): string {
  const cards = videos.map(
    ({ id }) => `<ytd-rich-item-renderer><div id="content"><ytd-rich-grid-media><div id="dismissible">${thumbnail(id)}
      <div id="details"><h3><a id="video-title-link" href="/watch?v=${id}">Video ${id}</a></h3><ytd-video-meta-block>1.2M views
      </ytd-video-meta-block></div></div></ytd-rich-grid-media></div></ytd-rich-item-renderer>`,
  );
  return `<ytd-browse page-subtype="channels"><yt-page-header-renderer><h1>${name}</h1><span>${handle}</span>
    </yt-page-header-renderer><ytd-rich-grid-renderer><div id="contents">${cards.join('')}</div></ytd-rich-grid-renderer></ytd-browse>`;
}
