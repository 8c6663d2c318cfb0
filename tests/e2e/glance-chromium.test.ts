/** One browser alone, as most of the time is waiting: `glance-tests.ts` says for what. */
import { glanceTests } from './glance-tests.ts';

glanceTests('chromium');
