/** What the layouts look like: sizes, places and stacking as on YouTube, no more. */
export const LAYOUT_STYLE = `
  body { margin: 0; background: #fff; color: #0f0f0f; font: 14px/1.4 sans-serif; overflow-anchor: none; }
  h1, h3 { margin: 4px 0; font-size: 15px; }
  ytd-app, ytd-browse, ytd-search, ytd-watch-flexy, ytd-page-manager, ytd-rich-grid-renderer, ytd-rich-item-renderer,
  ytd-section-list-renderer, ytd-item-section-renderer, yt-lockup-view-model, ytd-thumbnail, yt-image, ytd-video-renderer,
  ytd-compact-video-renderer, ytd-channel-name, yt-page-header-renderer { display: block; }
  ytd-masthead { display: flex; gap: 12px; position: sticky; top: 0; z-index: 2020; height: 56px; padding: 0 24px;
    align-items: center; background: #fff; }
  ytd-page-manager { padding: 24px; }
  #contents { display: grid; grid-template-columns: repeat(3, 1fr); gap: 24px 16px; }
  ytd-search #contents { grid-template-columns: 1fr; }
  ytd-thumbnail, yt-thumbnail-view-model { display: block; position: relative; overflow: hidden; border-radius: 12px; }
  ytd-thumbnail a, .yt-lockup-view-model__content-image { display: block; }
  .ytCoreImageHost, .yt-core-image { display: block; width: 100%; aspect-ratio: 16 / 9; object-fit: cover; background: #8884; }
  yt-image, .ytThumbnailViewModelImage { transform: translateZ(0); }
  ytd-video-renderer #dismissible, ytd-compact-video-renderer #dismissible { display: flex; gap: 16px; }
  ytd-video-renderer ytd-thumbnail { width: 360px; }
  ytd-compact-video-renderer { margin-bottom: 8px; }
  ytd-compact-video-renderer ytd-thumbnail { flex: none; width: 168px; }
  ytd-compact-video-renderer .yt-core-image { height: 94px; }
  ytd-watch-flexy { display: flex; gap: 24px; }
  #primary { flex: 1; }
  #secondary { width: 402px; }
  #player video { display: block; width: 100%; height: 460px; background: #000; }
  #overlays, .shade { position: absolute; inset: 0; }
  .shade { z-index: 1; visibility: hidden; background: #0003; }
  .buttons { position: absolute; z-index: 3; top: 4px; right: 4px; display: none; }
  .duration { position: absolute; z-index: 2; right: 4px; bottom: 4px; padding: 1px 4px; border-radius: 4px;
    background: #000c; color: #fff; font-size: 12px; line-height: 18px; }
  .progress { position: absolute; z-index: 2; left: 0; bottom: 0; width: 40%; height: 4px; background: #f00; }
  a:hover > #mouseover-overlay, yt-thumbnail-view-model:hover > .shade { visibility: visible; }
  a:hover > .buttons, yt-thumbnail-view-model:hover > .buttons { display: block; }
  .avatar { width: 36px; height: 36px; border-radius: 50%; }
  ytd-video-preview { display: none; position: absolute; z-index: 1000; overflow: hidden; border-radius: 12px; }
  ytd-video-preview[active] { display: block; }
  ytd-video-preview video { display: block; width: 100%; height: 100%; background: #222; }
  ytd-video-preview a { position: absolute; inset: 0; }
`;
