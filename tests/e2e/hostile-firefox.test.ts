/** One browser alone, as most of the time is waiting: `hostile-tests.ts` says for what. */
import { hostileTests } from './hostile-tests.ts';

hostileTests('firefox');
