/** The whole way that `make demo` goes, drawn, trained, converted and packaged: what comes out answers as the backend. */
import { agreementTests } from './agreement.ts';

agreementTests('the demo', 'demo', 12);
