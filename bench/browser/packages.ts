/** The extension as it is built for users, with a model of choice. */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ROOT } from '../../tests/e2e/fixtures.ts';

/** Write a copy that loads by itself to a folder, and that can be looked into. */
export function writePackage(folder: string, model: string): void {
  build('--package', folder, '--model', model, '--test-door');
}

/** Bytes of the archive for each browser's store, by browser; `without`: a file of the model that is left out. */
export async function archiveSizes(model: string, without = ''): Promise<Record<string, number>> {
  const temporary = await mkdtemp(join(tmpdir(), 'thumbprint-zip-'));
  const [folder, part] = [join(temporary, 'zip'), join(temporary, 'model')];
  try {
    await cp(model, part, { recursive: true, filter: (path) => without === '' || basename(path) !== without });
    build('--zip', folder, '--model', part);
    const sizes: Record<string, number> = {};
    for (const name of await readdir(folder)) {
      sizes[name.split('-')[1] ?? name] = (await stat(join(folder, name))).size; // thumbprint-BROWSER-VERSION.zip
    }
    return sizes;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function build(...words: string[]): void {
  execFileSync(process.execPath, ['build.mjs', ...words], { cwd: join(ROOT, 'extension'), stdio: ['ignore', 'ignore', 'inherit'] });
}
