/** One browser alone, as most of the time is waiting: `learning-tests.ts` says for what. */
import { learningTests } from './learning-tests.ts';

learningTests('firefox');
