/** All that is asked of Chromium with the extension; `lane.ts` says what. */
import { laneTests } from './lane.ts';

laneTests('chromium');
