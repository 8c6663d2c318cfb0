/** Real thumbnails, which `prepare_real.py` trained on and sampled: `make test-real`, not a part of `make test`. */
import { agreementTests } from './agreement.ts';
import { pixelTests } from './pixels.ts';

pixelTests('pixels of real files');
agreementTests('real thumbnails', '.', 10);
