/** Who holds a lock or owns a temp file, and whether that process can still be at work. Process ids alone are used again. */
import { readFileSync, readlinkSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Kernel ticks after boot at which the process started; empty where /proc is not there. */
  readonly startTicks: string;
  /** Changes with every boot of the machine. */
  readonly bootId: string;
  /** Process ids mean something only within their namespace: containers that share a folder have different ones. */
  readonly pidNamespace: string;
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

/** Field 22 of /proc/PID/stat. The name in field 2 may hold blanks and brackets, so count from its end. */
function startTicksOf(pid: number | 'self'): string {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; only its parent does not know yet.
  return fields[0] === 'Z' ? '' : (fields[19] ?? '');
}

export const thisProcess: ProcessIdentity = {
  pid: process.pid,
  startTicks: startTicksOf('self'),
  bootId: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()),
  pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
};

/** `unknown`: it lives, if at all, in another container of this machine. */
export function liveness(other: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  if (other.bootId !== thisProcess.bootId) return 'dead';
  if (other.pidNamespace !== thisProcess.pidNamespace) return 'unknown';
  if (other.startTicks !== '') return startTicksOf(other.pid) === other.startTicks ? 'alive' : 'dead';
  try {
    process.kill(other.pid, 0);
    return 'alive';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'dead' : 'alive';
  }
}

/** One line that fits in a file's name. */
export function formatIdentity({ pid, startTicks, bootId, pidNamespace }: ProcessIdentity): string {
  return [pid, startTicks, bootId, pidNamespace.replace(/\D/g, '')].join('_');
}

export function parseIdentity(text: string): ProcessIdentity | undefined {
  const match = /^(\d+)_(\d*)_([0-9a-f-]*)_(\d*)$/.exec(text.trim());
  if (match === null) return undefined;
  const [, pid = '', startTicks = '', bootId = '', namespace = ''] = match;
  return {
    pid: Number(pid),
    startTicks,
    bootId,
    pidNamespace: namespace === '' ? '' : `pid:[${namespace}]`,
  };
}
