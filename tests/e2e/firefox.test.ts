/** All that is asked of Firefox with the extension; `lane.ts` says what. */
import { laneTests } from './lane.ts';

laneTests('firefox');
