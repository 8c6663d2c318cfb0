/** Who posted a video, as YouTube's layouts of 2025 and 2026 say it: on its pages, its mobile site, its player and in music. */
import { thumbnailUrl, videoId, type Expectation, type GalleryPage, type Pictures } from './page.ts';

const STRANGER = 'Somebody Else Entirely';
/** What plays above a thumbnail while the pointer is on it. */
const MOVING = 'mqdefault_6s.webp';

const STYLE = `<style>
  a { color: inherit } .row { display: flex; gap: 4px }
  yt-lockup-view-model, yt-thumbnail-view-model, ytd-thumbnail, ytm-media-item, ytd-playlist-video-renderer { display: block }
  #target { width: 320px; height: 180px; object-fit: cover } .avatar { width: 36px; height: 36px; border-radius: 50% }
  .thumbnail { position: relative; width: 320px; height: 180px } .above { position: absolute; inset: 0; width: 320px; height: 180px }
</style>`;

type Who = 'own' | 'stranger';
type Build = (parts: { picture: string; name: string; handle: string; id: string }) => string;

/** A page for each of some posters: the picture's own channel is known there, a stranger's video is a look-alike. */
function pages(name: string, url: string, build: Build, who: readonly Who[] = ['own', 'stranger']): GalleryPage[] {
  return who.map((poster) => ({
    name: `${name}, ${poster === 'own' ? 'posted by its channel' : 'posted by another one'}`,
    url: `${url}/${poster}`,
    html: (pictures) => STYLE + build(partsOf(pictures, poster)),
    expects: poster === 'own' ? 'answer' : 'lookalike',
  }));
}

/** A page that does not say who posted the video. */
function silent(name: string, url: string, build: Build, expects: Expectation = 'answer'): GalleryPage {
  return { name, url, html: (pictures) => STYLE + build(partsOf(pictures, 'stranger')), expects };
}

function partsOf({ shown }: Pictures, who: Who): Parameters<Build>[0] {
  const name = who === 'own' ? shown.display_name.toUpperCase() : STRANGER;
  const picture = `<img id="target" class="ytCoreImageHost" src="${thumbnailUrl(shown, 'hq720')}" alt="">`;
  return { picture, name, handle: `@${name.replaceAll(/\W/g, '')}`, id: videoId(shown) };
}

/** The card of view models, with rows as they are given. */
function lockup({ picture, id }: Parameters<Build>[0], rows: string, before = '', query = ''): string {
  return `<yt-lockup-view-model class="ytd-rich-item-renderer lockup ytLockupViewModelWrapper"><div class="ytLockupViewModelHost">
    <a class="ytLockupViewModelContentImage" href="/watch?v=${id}${query}" tabindex="-1">
      <yt-thumbnail-view-model class="ytThumbnailViewModelHost"><div class="ytThumbnailViewModelImage">${picture}</div>
      </yt-thumbnail-view-model></a>
    <div class="ytLockupViewModelMetadata"><yt-lockup-metadata-view-model class="ytLockupMetadataViewModelHost">${before}
      <div class="ytLockupMetadataViewModelTextContainer"><h3 class="ytLockupMetadataViewModelHeadingReset">
        <a class="ytLockupMetadataViewModelTitle" href="/watch?v=${id}${query}"><span>A title • with a bullet</span></a></h3>
      <div class="ytLockupMetadataViewModelMetadata"><yt-content-metadata-view-model class="ytContentMetadataViewModelHost">${rows}
      </yt-content-metadata-view-model></div></div></yt-lockup-metadata-view-model></div></div></yt-lockup-view-model>`;
}

function row(...parts: readonly string[]): string {
  return `<div role="group" class="ytContentMetadataViewModelMetadataRow row">${parts.join('')}</div>`;
}

function text(content: string): string {
  return `<span class="ytAttributedStringHost ytContentMetadataViewModelMetadataText" dir="auto" role="text">${content}</span>`;
}

const BULLET = '<span aria-hidden="true" class="ytContentMetadataViewModelDelimiter"> • </span>';
const EYE = '<span class="ytIconWrapperHost ytContentMetadataViewModelLeadingIcon"><svg width="12" height="12"></svg></span>';
const VIEWS = row(text('648K views'), BULLET, text('10 months ago'));
const AVATAR = '<img class="avatar" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt="">';

function link(name: string, handle: string): string {
  return `<a class="ytAttributedStringLink" href="/${handle}">${name}<span class="ytIconWrapperHost"><svg></svg></span></a>`;
}

const VIEW_MODELS: readonly GalleryPage[] = [
  ...pages('the home page with a row for the channel', 'https://www.youtube.com/home-rows', (card) =>
    lockup(card, row(text(link(card.name, card.handle))) + VIEWS),
  ),
  ...pages('the home page with channel, views and age in one row, without a link', 'https://www.youtube.com/home-row', (card) =>
    lockup(card, row(text(card.name), BULLET, EYE, text('1.2M'), BULLET, text('3d'))),
  ),
  ...pages('the sidebar of a video, without a link', 'https://www.youtube.com/sidebar', (card) =>
    lockup(card, row(text(`${card.name}<span class="ytIconWrapperHost"></span>`)) + row(EYE, text('168万'), text('5 か月前'))),
  ),
  ...pages('a card with classes of 2024', 'https://www.youtube.com/wiz', (card) =>
    lockup(card, row(text(card.name)) + VIEWS)
      .replaceAll('ytContentMetadataViewModelMetadataRow', 'yt-content-metadata-view-model-wiz__metadata-row')
      .replaceAll('ytContentMetadataViewModelMetadataText', 'yt-content-metadata-view-model-wiz__metadata-text'),
  ),
  ...pages('a card whose channel is an avatar with a link', 'https://www.youtube.com/avatar', (card) =>
    lockup(card, VIEWS, `<a href="/${card.handle}" aria-label="Go to channel">${AVATAR}</a>`),
  ),
  ...pages('a video of several channels', 'https://www.youtube.com/collaboration', (card) =>
    lockup(card, row(text(`${card.name} and 3 more`)) + VIEWS, `<yt-avatar-stack-view-model>${AVATAR}${AVATAR}</yt-avatar-stack-view-model>`),
  ),
  ...pages('search results with views above the channel', 'https://www.youtube.com/search-lockup', (card) =>
    lockup(card, row(EYE, text('318K'), BULLET, text('1mo')) + row(text(link(card.name, card.handle)))),
  ),
  silent('a card of views and age alone, in another language', 'https://www.youtube.com/only-views', (card) =>
    lockup(card, row(text('1,2 M de vues'), BULLET, text('il y a 3 jours'))),
  ),
  silent("a channel's own page, whose cards do not name it", `https://www.youtube.com/@SomebodyElseEntirely/videos`, (card) =>
    lockup(card, row(EYE, text('1.2M'), BULLET, text('3d'))), 'lookalike',
  ),
  silent('a mix, which is of many channels', 'https://www.youtube.com/mix', (card) =>
    lockup(card, row(text(`${card.name}, Ann and more`)) + row(text('Updated today')), '', `&list=RD${card.id}&start_radio=1`),
  ),
  silent('a playlist, which somebody else gathered', 'https://www.youtube.com/playlist-card', (card) =>
    lockup(card, row(text(link(card.name, card.handle)), BULLET, text('Playlist')) + row(text('View full playlist'))).replace(
      /<yt-thumbnail-view-model/, '<yt-collections-stack></yt-collections-stack><yt-thumbnail-view-model',
    ),
  ),
];

function thumbnail({ picture, id }: Parameters<Build>[0], query = ''): string {
  return `<ytd-thumbnail class="thumbnail"><a id="thumbnail" href="/watch?v=${id}${query}"><yt-image>${picture}</yt-image>
    <div id="overlays"></div></a></ytd-thumbnail>`;
}

function channelName(content: string): string {
  return `<ytd-channel-name id="channel-name"><div id="text-container"><yt-formatted-string id="text">${content}</yt-formatted-string>
    </div></ytd-channel-name>`;
}

const RENDERERS: readonly GalleryPage[] = [
  ...pages('a row of the page of a playlist', 'https://www.youtube.com/playlist', (card) =>
    `<ytd-playlist-video-renderer>${thumbnail(card, '&list=PLx&index=3')}<h3>A title</h3>
      ${channelName(`<a href="/${card.handle}">${card.name}</a>`)}</ytd-playlist-video-renderer>`,
  ),
  ...pages('the panel of a playlist beside a video', 'https://www.youtube.com/panel', (card) =>
    `<ytd-playlist-panel-video-renderer>${thumbnail(card, '&list=PLx&index=1')}<h4><span id="video-title">A title</span></h4>
      <span id="byline">${card.name}</span></ytd-playlist-panel-video-renderer>`,
  ),
  ...pages('a search result whose description names another channel', 'https://www.youtube.com/results-mention', (card) =>
    `<ytd-video-renderer>${thumbnail(card)}<div id="channel-info">${channelName(card.name)}</div>
      <div class="metadata-snippet-container">with <a href="/@Mentioned">@Mentioned</a></div></ytd-video-renderer>`,
  ),
  ...pages('a shelf of search results', 'https://www.youtube.com/shelf', (card) =>
    `<ytd-shelf-renderer><ytd-grid-video-renderer>${thumbnail(card)}<h3>A title</h3>${channelName(card.name)}
      <div id="metadata-line"><span>1.2M views</span><span>3 days ago</span></div></ytd-grid-video-renderer></ytd-shelf-renderer>`,
  ),
  ...pages('a film', 'https://www.youtube.com/film', (card) =>
    `<ytd-movie-renderer>${thumbnail(card)}<h3>A film</h3>${channelName(card.name)}</ytd-movie-renderer>`,
  ),
];

const MOBILE: readonly GalleryPage[] = [
  ...pages('the mobile site, without a link', 'https://m.youtube.com/home', (card) =>
    `<ytm-video-with-context-renderer><ytm-media-item><a class="media-item-thumbnail-container" href="/watch?v=${card.id}">
      ${card.picture}</a><h3>A title</h3><ytm-badge-and-byline-renderer>${[card.name, '2.3M views', '1 year ago']
        .map((part) => `<span class="YtmBadgeAndBylineRendererItemByline">${part}</span>`)
        .join(' • ')}</ytm-badge-and-byline-renderer></ytm-media-item></ytm-video-with-context-renderer>`,
  ),
  ...pages('a compact list of the mobile site', 'https://m.youtube.com/compact', (card) =>
    `<ytm-compact-video-renderer><a class="YtmCompactMediaItemImage" href="/watch?v=${card.id}">${card.picture}</a>
      <a href="/watch?v=${card.id}"><h4>A title</h4><div class="YtmCompactMediaItemByline">${card.name}</div>
      <div class="YtmCompactMediaItemStats">1.2M views</div></a></ytm-compact-video-renderer>`,
  ),
];

const PLAYER_AND_MUSIC: readonly GalleryPage[] = [
  ...pages('the wall of videos at the end of a video', 'https://www.youtube.com/wall', (card) =>
    `<a class="ytp-videowall-still ytp-suggestion-set" href="/watch?v=${card.id}" data-is-list="false">
      <div id="target" class="ytp-videowall-still-image" style="background: url('${urlIn(card.picture)}') center / cover"></div>
      <span class="ytp-videowall-still-info-author">${card.name} • 1.2M views</span></a>`,
  ),
  ...pages("the wall of today's player", 'https://www.youtube.com/modern-wall', (card) =>
    `<a class="ytp-modern-videowall-still" href="/watch?v=${card.id}">
      <div id="target" class="ytp-modern-videowall-still-image" style="background: url('${urlIn(card.picture)}') center / cover"></div>
      <span class="ytp-modern-videowall-still-info-author">${card.name}</span>
      <span class="ytp-modern-videowall-still-view-count-and-date-info">1.2M views • 3 days ago</span></a>`,
  ),
  silent("another channel's card at the end of a channel's trailer", 'https://www.youtube.com/@SomebodyElseEntirely/featured', (card) =>
    `<div class="ytp-ce-element ytp-ce-video"><div id="target" class="ytp-ce-covering-image" style="background: url('${urlIn(card.picture)}')
      center / cover"></div><a class="ytp-ce-covering-overlay" href="/watch?v=${card.id}"></a>
      <div class="ytp-ce-video-title">A title</div></div>`,
  ),
  ...pages('a video in music', 'https://music.youtube.com/home', (card) =>
    `<base href="/"><ytmusic-two-row-item-renderer><a class="image-wrapper" href="watch?v=${card.id}&list=RDAMVM${card.id}">${card.picture}</a>
      <yt-formatted-string class="subtitle"><a href="channel/UC0123456789abcdefghijkl">${card.name}</a> • 12M views
      </yt-formatted-string></ytmusic-two-row-item-renderer>`,
  ),
];

/** The address of the picture, for those that are backgrounds. */
function urlIn(picture: string): string {
  return /src="([^"]*)"/.exec(picture)?.[1] ?? '';
}

function preview(name: string, url: string, above: (id: string) => string, any = false): GalleryPage {
  return {
    name,
    url,
    html: (pictures) => {
      const card = partsOf(pictures, 'own');
      const picture = `<div class="thumbnail">${card.picture}${above(card.id)}</div>`;
      return STYLE + lockup({ ...card, picture }, row(text(card.name)) + VIEWS);
    },
    copies: ({ shown }) => [`https://i.ytimg.com/an_webp/${videoId(shown)}/${MOVING}`],
    expects: 'answer',
    ...(any ? { settings: { anyPicture: true } } : {}),
  };
}

function moving(id: string): string {
  return `<img class="above" src="https://i.ytimg.com/an_webp/${id}/${MOVING}?du=3000&sqp=x" alt="">`;
}

/** YouTube's player above a card, larger than its picture and outside of it. */
const PLAYER = `<ytd-video-preview style="position: absolute; left: 0; top: 0; width: 480px; height: 420px; z-index: 9; background: #000">
  <div id="video-preview-container"><video muted></video></div></ytd-video-preview>`;

const PREVIEWS: readonly GalleryPage[] = [
  preview('a moving picture above the thumbnail', 'https://www.youtube.com/moving', (id) =>
    `<yt-animated-thumbnail-overlay-view-model>${moving(id)}</yt-animated-thumbnail-overlay-view-model>`,
  ),
  preview('a moving picture above the thumbnail, with any picture on', 'https://www.youtube.com/moving-any', moving, true),
  preview('a moving picture in the older thumbnail', 'https://www.youtube.com/moving-old', (id) =>
    `<div id="mouseover-overlay" class="above"><ytd-moving-thumbnail-renderer>${moving(id)}</ytd-moving-thumbnail-renderer></div>`,
  ),
  silent('a video above a row of a playlist', 'https://www.youtube.com/playlist-preview', (card) =>
    `<ytd-playlist-video-renderer>${thumbnail(card, '&list=PLx&index=3')}${channelName(card.name)}</ytd-playlist-video-renderer>${PLAYER}`,
    'lookalike',
  ),
  silent('a video above a Short', 'https://www.youtube.com/short-preview', (card) =>
    `<ytm-shorts-lockup-view-model><a href="/shorts/${card.id}"><div>${card.picture.replace('hq720', 'oardefault')}</div></a>
      </ytm-shorts-lockup-view-model>${PLAYER}`,
    'short',
  ),
];

export const POSTERS: readonly GalleryPage[] = [...VIEW_MODELS, ...RENDERERS, ...MOBILE, ...PLAYER_AND_MUSIC, ...PREVIEWS];
