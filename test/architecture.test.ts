/** The arrows between the floors hold, and the rules that say so would notice one that does not. */

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTempFolder, removeFolder } from './support/temp-folder.ts';

const root = join(import.meta.dirname, '..');
const folder = makeTempFolder('arrows');
afterAll(() => removeFolder(folder));

interface Finding {
  /** Like `no-cycles: src/a.ts`. */
  readonly violations: readonly string[];
  readonly modules: number;
}

/** Runs the real dependency-cruiser with the real rules on a tree. */
function cruise(tree: string, folders: readonly string[]): Promise<Finding> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: tree, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(stderr, { cause: error }));
      const { summary, modules } = JSON.parse(stdout);
      const violations = summary.violations.map(
        ({ rule, from }: { rule: { name: string }; from: string }) => `${rule.name}: ${from}`,
      );
      resolve({ violations, modules: modules.length });
    });
  });
}

/** Each line is what a file that should not be would import, and the rule that must notice it. */
const WRONG: readonly (readonly [what: string, path: string, imported: string, rule: string])[] = [
  ['the domain from an adapter', 'src/domain/wrong-1.ts', '../adapters/folder/folder-store.ts', 'floor-1-imports-up'],
  ['the domain from a package', 'src/domain/wrong-2.ts', 'hono', 'domain-is-pure'],
  ['a plan from the pipeline', 'src/audio/wrong-3.ts', '../pipeline/records.ts', 'floor-2-imports-up'],
  ['a stage from the server', 'src/pipeline/wrong-4.ts', '../http/bearer.ts', 'floor-3-imports-up'],
  ['an adapter from the commands', 'src/adapters/wrong-5.ts', '../cli/output.ts', 'floor-4-imports-up'],
  ['the server from the workers', 'src/http/wrong-6.ts', '../../workers/feed.ts', 'floor-5-imports-up'],
  ['a stage from the file system', 'src/pipeline/wrong-7.ts', 'node:fs/promises', 'floor-2-does-not-act'],
  ['a plan from child processes', 'src/audio/wrong-8.ts', 'node:child_process', 'floor-2-does-not-act'],
  ['a second file from fluent-ffmpeg', 'src/adapters/wrong-9.ts', 'fluent-ffmpeg', 'one-importer-of-fluent-ffmpeg'],
  ['a second file from podcast', 'src/feed/wrong-10.ts', 'podcast', 'one-importer-of-podcast'],
  ['a stage from BullMQ', 'src/pipeline/wrong-11.ts', 'bullmq', 'bullmq-stays-in-its-adapters'],
  ['the server from S3', 'src/http/wrong-12.ts', '@aws-sdk/client-s3', 's3-stays-in-its-adapter'],
  ['a file from itself', 'src/http/wrong-13.ts', './wrong-13.ts', 'no-cycles'],
];

/** A copy of the tree with all of them in it. */
function wrongTree(): string {
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  for (const part of ['src', 'workers', '.dependency-cruiser.mjs', 'tsconfig.json', 'package.json']) {
    cpSync(join(root, part), join(tree, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const [, path, imported] of WRONG) writeFileSync(join(tree, path), `import '${imported}';\n`);
  return tree;
}

describe('imports', () => {
  it('point down everywhere', async () => {
    const { violations, modules } = await cruise(root, ['src', 'workers', 'fixtures', 'test']);
    expect(violations).toEqual([]);
    expect(modules).toBeGreaterThan(100);
  }, 60_000);

  describe('that do not', () => {
    let found: Finding;
    beforeAll(async () => {
      found = await cruise(wrongTree(), ['src', 'workers']);
    }, 60_000);

    it.each(WRONG)('are caught: %s', (_, path, _imported, rule) => {
      expect(found.violations).toContain(`${rule}: ${path}`);
    });

    it('are all that is caught', () => {
      const paths = new Set(WRONG.map(([, path]) => path));
      expect(found.violations.filter((violation) => !paths.has(violation.split(': ')[1] ?? ''))).toEqual([]);
    });
  });
});

describe('the source', () => {
  it('says in the first line of every file what it is for', () => {
    const files = listSources();
    expect(files.length).toBeGreaterThan(80);
    const silent = files.filter((file) => !readFileSync(join(root, file), 'utf8').startsWith('/**'));
    expect(silent.filter((file) => !readFileSync(join(root, file), 'utf8').startsWith('#!'))).toEqual([]);
  });

  it('reads the environment in one place', () => {
    const files = listSources();
    const readers = files.filter((file) => /process\.env\b/.test(code(readFileSync(join(root, file), 'utf8'))));
    expect(readers).toEqual(['src/config.ts']);
  });
});

const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

function listSources(): string[] {
  const files = ['src', 'workers'].flatMap((part) =>
    readdirSync(join(root, part), { recursive: true, encoding: 'utf8' }).map((name) => join(part, name)),
  );
  return files.filter((file) => /\.tsx?$/.test(file)).sort();
}
