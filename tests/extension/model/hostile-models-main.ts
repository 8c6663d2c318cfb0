/** `npm run hostile-models`: offers many hostile models and prints why each was refused. COUNT and SEED choose which. */
import { offer } from './hostile-models.ts';

async function main(): Promise<void> {
  const { COUNT = '150', SEED = '0' } = process.env;
  const { slowest, reasons } = await offer(Number(COUNT), Number(SEED));
  for (const [what, reason] of reasons) process.stdout.write(`${what}: ${reason}\n`);
  process.stdout.write(`${reasons.size} hostile models were refused, the slowest in ${Math.round(slowest)} ms; the old one answers on.\n`);
}

void main();
