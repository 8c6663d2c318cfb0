/** Why an answer is what it is: `why.html?url=ADDRESS`. Anybody may have written the address: it is not trusted. */

import { AS_PNG, fetchHeatmap } from '../heatmap/fetch.ts';
import { mayRead } from '../shared/browser.ts';
import { percent, reasonText } from '../shared/i18n.ts';
import { type ClassifyFailure, type ClassifyReply, failure, type Status } from '../shared/messages.ts';
import { showAnswer } from './answer.ts';
import { askStatus, classifyAddress } from './background-client.ts';
import { byId, onChange } from './dom.ts';
import { openPage, type Page, rerender } from './page.ts';
import { addressOf, fetchPicture } from './picture.ts';
import { becauseOf } from './text.ts';

const channel = byId('channel', HTMLSelectElement);
const heatmap = byId('heat', HTMLImageElement);
const heatmapShown = byId('heat-shown', HTMLInputElement);

type HeatmapStatus = 'none' | 'down' | 'waiting' | 'shown' | ClassifyFailure;

let page: Page | null = null;
let problem: 'address' | 'host' | null = null;
let reply: ClassifyReply | null = null;
let status: Status | null = null;
let heatmapStatus: HeatmapStatus = 'none';

const address = addressOf(new URLSearchParams(location.search).get('url'));

function render(opened: Page): void {
  page = opened;
  const { t } = opened;
  byId('problem', HTMLElement).hidden = problem === null;
  byId('problem', HTMLElement).textContent = problem === null ? '' : t(`why_problem_${problem}`);
  byId('explained', HTMLElement).hidden = problem !== null;
  showAnswer(byId('answer', HTMLElement), reply, opened);
  renderReasons(opened);
  renderHeatmap(opened);
}

function renderReasons(words: Page): void {
  const { settings, language, t } = words;
  byId('because', HTMLElement).textContent = reply?.ok === true ? becauseOf(reply, words) : '';
  byId('strictness', HTMLElement).textContent =
    settings.knownRecall === null ? t('why_as_trained') : t('why_chosen', [percent(settings.knownRecall, language)]);
  if (reply?.ok === true && channel.options.length === 0) {
    channel.append(...reply.scores.map(({ name, displayName }) => new Option(displayName, name)));
  }
}

function renderHeatmap({ t }: Page): void {
  const shown = heatmapStatus === 'shown';
  heatmap.hidden = !(shown && heatmapShown.checked);
  byId('heat-controls', HTMLElement).hidden = !shown;
  byId('channel-field', HTMLElement).hidden = heatmapStatus === 'none' || heatmapStatus === 'down';
  byId('start', HTMLElement).hidden = heatmapStatus !== 'none' && heatmapStatus !== 'down';
  byId('heat-note', HTMLElement).textContent =
    typeof heatmapStatus === 'object' ? reasonText(heatmapStatus, t) : t(`why_heat_${heatmapStatus}`);
}

/** Asks the server about the chosen channel; an answer about an earlier choice is thrown away. */
async function requestHeatmap(picture: Blob): Promise<void> {
  const server = page?.settings.server ?? '';
  heatmapStatus = server === '' || status?.server === 'none' ? 'none' : status?.server === 'up' ? 'waiting' : 'down';
  rerender();
  const wanted = channel.value;
  if (heatmapStatus !== 'waiting' || wanted === '') {
    return;
  }
  const next = await fetchImage(server, picture, wanted);
  if (channel.value === wanted) {
    heatmapStatus = next;
    rerender();
  }
}

async function fetchImage(server: string, picture: Blob, wanted: string): Promise<HeatmapStatus> {
  try {
    const blob = await fetchHeatmap(server, picture, wanted, AS_PNG, new AbortController().signal);
    URL.revokeObjectURL(heatmap.src);
    heatmap.src = URL.createObjectURL(blob);
    await heatmap.decode();
    return 'shown';
  } catch (error) {
    return failure(error);
  }
}

async function explain(url: string): Promise<void> {
  const link = byId('address', HTMLAnchorElement);
  link.href = url;
  link.textContent = url;
  [reply, status] = await Promise.all([classifyAddress(url), askStatus()]);
  rerender();
  try {
    const picture = await fetchPicture(url);
    byId('picture', HTMLImageElement).src = URL.createObjectURL(picture);
    onChange(channel, () => void requestHeatmap(picture));
    await requestHeatmap(picture);
  } catch (error) {
    heatmapStatus = failure(error);
    rerender();
  }
}

onChange(heatmapShown, rerender);
if (address === null) {
  problem = 'address';
} else if (!address.thumbnail && !(await mayRead(new URL(address.url).origin))) {
  problem = 'host'; // not even the picture is loaded from a host that nobody allowed
}
await openPage(render);
if (address !== null && problem === null) {
  await explain(address.url);
}
