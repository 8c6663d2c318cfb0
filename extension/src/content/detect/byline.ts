/** The name of a channel where a card of YouTube's gives it without a link, in the layouts of its sites. */

/** Elements that hold nothing but names, and those where views may follow. */
const NAMES = 'ytd-channel-name, #channel-name';
const BYLINES = [
  'ytd-playlist-panel-video-renderer #byline',
  '.ytp-videowall-still-info-author',
  '.ytp-modern-videowall-still-info-author',
  '.ytp-autonav-endscreen-upnext-author',
  'ytmusic-player-queue-item .byline',
].join();

/** Rows of the newer cards, and what stands in them: classes of three generations. */
const ROW = '[class*="etadataViewModelMetadataRow"], [class*="metadata-view-model"][class*="__metadata-row"]';
const TEXT = '[class*="etadataViewModelMetadataText"], [class*="__metadata-text"]';
const ICON = '[class*="etadataViewModelLeadingIcon"], [class*="__leading-icon"]';

/** The one row of the cards of the mobile site. */
const ITEM = [
  '.YtmBadgeAndBylineRendererItemByline',
  '.ytmBadgeAndBylineRendererItemByline',
  '.ytm-badge-and-byline-item-byline',
].join();
const COMPACT = '.YtmCompactMediaItemByline, .compact-media-item-byline';

const MAX_TEXT = 500; // letters: a page may write without end
const COUNT = /\p{Nd}/u; // of views, which come first where the channel is not named
const BULLET = /\s*[•·]\s*/u;

/** A row of a card: its texts, and how many of them stand before an icon, which is one of views. */
export interface Row {
  readonly texts: readonly string[];
  readonly beforeIcon: number | null;
}

/** The names of the channels of a card, as they are written; '' where it has none. On a channel's own page few cards do. */
export function writtenNames(card: Element, isChannelPage: boolean): string {
  const rows = Array.from(card.querySelectorAll(ROW), rowOf);
  return firstOf(card, NAMES) || bylineOf(card, BYLINES) || nameInRows(rows, isChannelPage) || nameOnMobile(card, isChannelPage);
}

/** The first text of some elements. */
function firstOf(card: Element, selector: string): string {
  const texts = Array.from(card.querySelectorAll(selector), ({ textContent }) => firstLine(textContent));
  return texts.find((text) => text !== '') ?? '';
}

/** The same, without what follows a bullet. */
function bylineOf(card: Element, selector: string): string {
  return splitRow(firstOf(card, selector)).texts[0] ?? '';
}

function nameOnMobile(card: Element, isChannelPage: boolean): string {
  const items = Array.from(card.querySelectorAll(ITEM), ({ textContent }) => firstLine(textContent));
  const row = splitRow(items.join(' • '));
  const byline = isChannelPage ? '' : bylineOf(card, COMPACT);
  return nameInRows(items.length === 0 ? [] : [row], isChannelPage) || byline;
}

function rowOf(row: Element): Row {
  const parts = Array.from(row.querySelectorAll(`${TEXT}, ${ICON}`));
  const texts = parts.filter((part) => part.matches(TEXT));
  const icon = parts.findIndex((part) => part.matches(ICON));
  return texts.length === 0
    ? splitRow(row.textContent)
    : {
        texts: texts.map(({ textContent }) => firstLine(textContent)).filter((text) => text !== ''),
        beforeIcon: icon < 0 ? null : parts.slice(0, icon).filter((part) => part.matches(TEXT)).length,
      };
}

/** A row of which only the text is known, with bullets between its parts. */
export function splitRow(text: string): Row {
  return { texts: firstLine(text).split(BULLET).filter((part) => part !== ''), beforeIcon: null };
}

/**
 * The channel in the rows of a card. It stands alone in the first of several rows; or first in the only one, where views
 * follow, either behind their icon or with the age. A row of two may be of views and age, as on a channel's page, where
 * more may follow them; one with something else besides, before another row, is of a playlist or a mix.
 */
export function nameInRows(rows: readonly Row[], isChannelPage = false): string {
  const [first, second] = rows.filter(({ texts }) => texts.length > 0);
  if (first === undefined || first.beforeIcon === 0) {
    return '';
  }
  const isAlone = second !== undefined && first.texts.length === 1;
  const isFirst = second === undefined && first.texts.length > 2 && !(isChannelPage && COUNT.test(first.texts[0]!));
  return isAlone || isFirst || first.beforeIcon !== null ? trimmed(first.texts[0]) : '';
}

function trimmed(text = ''): string {
  return text.replace(/[\s•·]+$/u, '');
}

/** The first line with something in it: verified marks and tooltips repeat the name below. */
export function firstLine(text: string): string {
  return (text.split('\n').find((line) => line.trim() !== '') ?? '').trim().slice(0, MAX_TEXT);
}
