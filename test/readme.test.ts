import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fixtureFolder } from '../fixtures/room.ts';
import { cleanEnvironment, startAftershow } from './support/aftershow.ts';
import { findProgram } from './support/programs.ts';
import { makeTempFolder, removeFolder } from './support/temp-folder.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const hasTools = ['bash', 'curl', 'openssl'].every((name) => findProgram(name) !== undefined);

describe('The README', () => {
  it.skipIf(!hasTools)('shows how to send a webhook in lines that work when pasted', async () => {
    const folder = makeTempFolder('readme');
    const snippet = /```bash\n([\s\S]+?)```/.exec(readme)?.[1] ?? '';
    expect(snippet).toContain('curl');
    mkdirSync(join(folder, 'fixtures'), { recursive: true });
    cpSync(fixtureFolder, join(folder, 'fixtures', 'room'), { recursive: true });
    const settings = { AFTERSHOW_DATA_DIR: join(folder, 'data'), AFTERSHOW_PORT: '0' };
    const aftershow = await startAftershow('start', settings, false);
    try {
      const pasted = snippet.replaceAll('http://localhost:4400', aftershow.url);
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', pasted], {
        cwd: folder,
        env: cleanEnvironment({}),
      });
      expect(stdout).toContain('HTTP/1.1 202');
      expect(stdout).toContain('"status":"accepted"');
    } finally {
      await aftershow.stop();
      removeFolder(folder);
    }
  });

  it('names every setting there is', () => {
    const names = [...readFileSync(join(root, 'src/config.ts'), 'utf8').matchAll(/^ {2}(AFTERSHOW_\w+):/gm)].map(
      (match) => match[1],
    );
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
