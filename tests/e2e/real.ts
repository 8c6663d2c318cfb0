/** Real thumbnails, which `prepare_real.py` trained on and sampled: `make test-real`, not a part of `make test`. */
import { agreementTests } from './agreement.ts';
import { pixelFiles, pixelTests } from './pixels.ts';
import { realLearningTests } from './real-learning.ts';

agreementTests('real thumbnails', '.', 10, { files: pixelFiles, declare: pixelTests });
realLearningTests();
