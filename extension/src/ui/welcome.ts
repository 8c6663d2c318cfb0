/** The first page after the installation: what this is, and something to try it on. */

import { byId, onPress } from './dom.ts';
import { ImageTester } from './image-tester.ts';
import { openPage } from './page.ts';

const imageTester = new ImageTester();
onPress(byId('choose', HTMLElement), () => byId('file', HTMLInputElement).click());
await openPage((page) => imageTester.render(page));
