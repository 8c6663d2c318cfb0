/** One browser alone: `my-channels-tests.ts` says for what. */
import { myChannelsTests } from './my-channels-tests.ts';

myChannelsTests('firefox');
