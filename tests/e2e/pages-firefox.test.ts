/** One browser's lane of suites: `lane.ts` says which. */
import { laneTests } from './lane.ts';

laneTests('pages', 'firefox');
