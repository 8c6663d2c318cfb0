/** What was learnt, in its store: `learning-store-tests.ts` says what. */
import { describe } from 'node:test';
import { learningStoreTests } from './learning-store-tests.ts';

describe('the store of learnt channels in firefox', { timeout: 900_000 }, () => learningStoreTests('firefox'));
