/** The log: JSON lines on stderr, with whatever looks like a secret struck out. */
import pino from 'pino';
import type { Log } from '../pipeline/ports.ts';

const SECRETS =
  /(whsec_)[A-Za-z0-9+/=]+|(\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:)[^/\s@]+(?=@)|(\bBearer\s+)\S+|(\/private\/)(?!shows\/)[^/\s"]+/gi;

/** Strikes out webhook secrets, passwords in URLs, bearer tokens and those of listeners. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRETS, (_all, ...groups) => `${groups.slice(0, 4).find(Boolean) ?? ''}***`);
}

export function createLog(level: string): Log {
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => process.stderr.write(withoutSecrets(line)) },
  );
  return {
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
}
