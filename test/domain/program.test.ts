/** Which program this is. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROGRAM_VERSION } from '../../src/domain/program.ts';

it('has the version that package.json gives it', () => {
  expect(PROGRAM_VERSION).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
});
