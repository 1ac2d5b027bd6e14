#!/usr/bin/env node
/** The command line: one file a command, one place that turns errors into words and an exit status. */
import { Command, CommanderError } from 'commander';
import { withoutSecrets } from '../adapters/log.ts';
import { loadDotEnv, SettingsError } from '../config.ts';
import { messageOf } from '../domain/failure.ts';
import { PROGRAM_VERSION } from '../domain/program.ts';
import { addCommands } from './commands.ts';
import { UsageError } from './usage-error.ts';

const OK = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

async function main(): Promise<number> {
  const program = new Command('aftershow')
    .description('Turns an ended live-audio room into a podcast episode in a feed the creator owns.')
    .version(PROGRAM_VERSION)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  addCommands(program);
  program.addHelpText(
    'after',
    '\nExample:\n  aftershow demo\n\nSettings come from the environment and from .env: see README.md.',
  );
  try {
    loadDotEnv();
    await program.parseAsync();
    return Number(process.exitCode ?? OK);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : WRONG_USAGE;
    process.stderr.write(`aftershow: ${withoutSecrets(messageOf(error))}\n`);
    return error instanceof UsageError || error instanceof SettingsError ? WRONG_USAGE : FAILED;
  }
}

/** Whoever reads our output may leave early (`| head`): that is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.on('uncaughtException', (error) => {
  process.stderr.write(`aftershow: a fault in the program: ${withoutSecrets(error.stack ?? String(error))}\n`);
  process.exit(FAILED);
});
process.exitCode = await main();
