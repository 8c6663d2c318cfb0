/** What is thrown where a model cannot be used. */

import { ClassifyError } from '../shared/messages.ts';

const MAX_DETAIL = 300;

export function broken(detail: string): ClassifyError {
  return new ClassifyError('model-broken', detail.slice(0, MAX_DETAIL));
}
