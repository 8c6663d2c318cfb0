/** The first page after the installation: what this is, and how to begin. */

import { openTab } from '../shared/browser.ts';
import type { Status } from '../shared/messages.ts';
import { askStatus } from './background-client.ts';
import { byId, onPress, setText } from './dom.ts';
import { ImageTester } from './image-tester.ts';
import { KnownChannels } from './known-channels.ts';
import { YOUTUBE } from './my-channels.ts';
import { openPage, type Page } from './page.ts';
import { modelOf, namesText } from './text.ts';

const known = new KnownChannels();
const imageTester = new ImageTester();
let status: Status | null = null;

/** A model that was released knows no channel: the way to the first one comes in the place of something to try. */
function render(page: Page): void {
  imageTester.render(page);
  if (status === null || known.reply === null) {
    return;
  }
  const model = modelOf(status);
  const trained = !('metadata' in model) || model.metadata.channels.length > 0;
  const learnt = known.reply.ok ? known.reply.channels.map(({ name }) => name) : [];
  byId('learn', HTMLElement).hidden = trained;
  byId('try', HTMLElement).hidden = !trained && learnt.length === 0;
  // The samples are of drawn channels, which only a trained model can know.
  document.querySelectorAll<HTMLElement>('.samples-only').forEach((element) => {
    element.hidden = !trained;
  });
  renderLearn(learnt, page);
}

function renderLearn(learnt: readonly string[], { t, language }: Page): void {
  const first = learnt.length === 0;
  setText(byId('learn-title', HTMLElement), t(first ? 'welcome_learn' : learnt.length === 1 ? 'welcome_learnt_title' : 'options_channels'));
  setText(byId('learnt', HTMLElement), first ? '' : t('welcome_learnt', [namesText(learnt, { t, language })]));
  setText(byId('open-youtube', HTMLElement), t(first ? 'ui_open_youtube' : 'welcome_learn_another'));
  byId('steps', HTMLElement).hidden = byId('drawn', HTMLElement).hidden = !first;
  byId('my-channels', HTMLElement).hidden = first;
}

onPress(byId('choose', HTMLElement), () => byId('file', HTMLInputElement).click());
onPress(byId('open-youtube', HTMLElement), () => void openTab(YOUTUBE));
await openPage(render);
status = await askStatus();
await known.refresh();
