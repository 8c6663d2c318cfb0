/** The first page after the installation: what this is, and something to try it on. */

import { make } from '../shared/dom.ts';
import { byId, onPress } from './dom.ts';
import { ImageTester } from './image-tester.ts';
import { openPage, type Page } from './page.ts';
import { drawSample, SAMPLES } from './samples.ts';

const file = byId('file', HTMLInputElement);
const imageTester = new ImageTester({ zone: byId('zone', HTMLElement), input: file, output: byId('output', HTMLElement) });

const samples = SAMPLES.map((sample) => {
  const canvas = drawSample(sample);
  const button = make('button', 'sample', canvas);
  button.type = 'button';
  onPress(button, () => imageTester.take(`${sample}.png`, Promise.resolve(canvas.toDataURL('image/png'))));
  return { sample, button };
});

function render(page: Page): void {
  for (const { sample, button } of samples) {
    button.ariaLabel = page.t(`welcome_sample_${sample}`);
  }
  imageTester.render(page);
}

onPress(byId('choose', HTMLElement), () => file.click());
byId('samples', HTMLElement).append(...samples.map(({ button }) => button));
await openPage(render);
