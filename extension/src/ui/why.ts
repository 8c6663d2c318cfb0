/** Why an answer is what it is: `why.html?url=ADDRESS`. Anybody may have written the address: it is not trusted. */

import { drawHeatmap, placeOver } from '../heatmap/draw.ts';
import { type HeatmapReply, isEmpty } from '../heatmap/heatmap.ts';
import { mayRead } from '../shared/browser.ts';
import { percent, reasonText } from '../shared/i18n.ts';
import { type ClassifyReply, failure } from '../shared/messages.ts';
import { channelsOf } from '../shared/scores.ts';
import { showAnswer } from './answer.ts';
import { classifyAddress, explainAddress } from './background-client.ts';
import { byId, onChange } from './dom.ts';
import { openPage, type Page, rerender } from './page.ts';
import { addressOf, fetchPicture } from './picture.ts';
import { becauseOf } from './text.ts';

const channel = byId('channel', HTMLSelectElement);
const heatmap = byId('heat', HTMLElement);
const heatmapShown = byId('heat-shown', HTMLInputElement);

let problem: 'address' | 'host' | null = null;
let reply: ClassifyReply | null = null;
/** Null before anything was asked, and where there is no answer to explain. */
let heat: HeatmapReply | 'waiting' | null = null;

const address = addressOf(new URLSearchParams(location.search).get('url'));

function render(opened: Page): void {
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
    channel.append(...channelsOf(reply).map(({ name, displayName }) => new Option(displayName, name)));
  }
}

function renderHeatmap(words: Page): void {
  const shown = heat !== null && heat !== 'waiting' && heat.ok ? heat : null;
  const needsServer = serverReason() !== null;
  heatmap.hidden = shown === null || !heatmapShown.checked;
  byId('stack', HTMLElement).classList.toggle('heated', !heatmap.hidden);
  byId('heat-controls', HTMLElement).hidden = shown === null || isEmpty(shown);
  byId('channel-field', HTMLElement).hidden = needsServer || channel.options.length === 0;
  byId('start', HTMLElement).hidden = !needsServer;
  byId('heat-note', HTMLElement).textContent = noteOf(words);
}

/** What is wrong with the local server, where it is needed; null for anything else. */
function serverReason(): 'server-unset' | 'server-down' | null {
  const reason = heat !== null && heat !== 'waiting' && !heat.ok ? heat.reason : null;
  return reason === 'server-unset' || reason === 'server-down' ? reason : null;
}

function noteOf({ t }: Page): string {
  if (heat === null || heat === 'waiting') {
    return heat === null ? '' : t('why_heat_waiting');
  }
  if (heat.ok) {
    const name = channel.selectedOptions[0]?.text ?? heat.channel;
    return isEmpty(heat) ? t('card_heat_nothing', [name]) : t('why_heat_shown');
  }
  const missing = serverReason();
  return missing === null ? reasonText(heat, t) : t(missing === 'server-unset' ? 'why_heat_none' : 'why_heat_down');
}

/** Has the chosen channel explained; an answer about an earlier choice is thrown away. */
async function explainChannel(url: string): Promise<void> {
  const wanted = channel.value;
  if (wanted === '') {
    return;
  }
  heat = 'waiting';
  rerender();
  const next = await explainAddress(url, wanted);
  if (channel.value === wanted) {
    heat = next;
    if (heat.ok) {
      heatmap.replaceChildren(placeOver(drawHeatmap(heat), heat));
    }
    rerender();
  }
}

async function explain(url: string): Promise<void> {
  const link = byId('address', HTMLAnchorElement);
  link.href = url;
  link.textContent = url;
  reply = await classifyAddress(url);
  rerender();
  try {
    byId('picture', HTMLImageElement).src = URL.createObjectURL(await fetchPicture(url));
    onChange(channel, () => void explainChannel(url));
    await explainChannel(url);
  } catch (error) {
    heat = failure(error);
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
