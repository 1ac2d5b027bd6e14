/** What a tree of processes takes of memory and disk, looked up twenty times a second (Linux only). */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Peaks {
  /** Greatest sum of PSS: memory that processes share is counted once. */
  readonly memoryBytes: number;
  /** Most that lay in the folder, as the disk counts it. */
  readonly diskBytes: number;
}

export interface TreeWatch {
  /** This process and all that descend from it count. */
  add(root: number): void;
  stop(): Peaks;
}

const PERIOD_MS = 50;
/** The disk is looked at less often: a folder of hundreds of files takes a while. */
const DISK_EVERY = 4;

/** PSS costs the kernel a walk over all of a process's pages: it is asked for only where it can be a new peak. */
const WORTH_A_LOOK = 1.01;

export function watchTree(folder: string): TreeWatch {
  const members = new Set<number>();
  const strangers = new Set<number>(allProcesses());
  let [memoryBytes, diskBytes, round] = [0, 0, 0];
  const look = () => {
    findDescendants(members, strangers);
    const sum = (of: (pid: number) => number) => [...members].reduce((all, pid) => all + of(pid), 0);
    // Pages that processes share count in each: never less than the PSS.
    if (sum(residentOf) > WORTH_A_LOOK * memoryBytes) memoryBytes = Math.max(memoryBytes, sum(memoryOf));
    if (round % DISK_EVERY === 0) diskBytes = Math.max(diskBytes, sizeOf(folder));
    round += 1;
  };
  const timer = setInterval(look, PERIOD_MS);
  return {
    add(root) {
      strangers.delete(root);
      members.add(root);
    },
    stop() {
      clearInterval(timer);
      return { memoryBytes, diskBytes: Math.max(diskBytes, sizeOf(folder)) };
    },
  };
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Only processes that were never seen before are asked for their parent. */
function findDescendants(members: Set<number>, strangers: Set<number>): void {
  const alive = allProcesses();
  const unknown = alive.filter((pid) => !members.has(pid) && !strangers.has(pid));
  // Parents have mostly lower numbers; what is missed now for another order is found at the next look.
  for (const pid of unknown) {
    const parent = parentOf(pid);
    if (parent === undefined) continue;
    if (members.has(parent)) members.add(pid);
    else if (strangers.has(parent)) strangers.add(pid);
  }
  const living = new Set(alive);
  for (const pid of members) if (!living.has(pid)) members.delete(pid);
}

function parentOf(pid: number): number | undefined {
  const fields = statOf(String(pid));
  return fields === undefined ? undefined : Number(fields[1]);
}

/** The fields of /proc/PID/stat after the program's name, which may hold anything: state, parent, … (proc(5)). */
function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

const PAGE_BYTES = 4096;

/** RSS in bytes, by the cheapest way; 0 for a process that has ended. */
function residentOf(pid: number): number {
  try {
    return PAGE_BYTES * Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1] ?? 0);
  } catch {
    return 0;
  }
}

/** PSS in bytes, RSS where only that may be read; 0 for a process that has ended. */
function memoryOf(pid: number): number {
  for (const [file, line] of [
    ['smaps_rollup', /^Pss:\s+(\d+) kB/m],
    ['status', /^VmRSS:\s+(\d+) kB/m],
  ] as const) {
    try {
      return 1024 * Number(line.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0);
    } catch {
      // Ended, or not to be read by us.
    }
  }
  return 0;
}

function sizeOf(folder: string): number {
  let bytes = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    try {
      for (const entry of readdirSync(next, { withFileTypes: true })) {
        const path = join(next, entry.name);
        if (entry.isDirectory()) waiting.push(path);
        else bytes += lstatSync(path).blocks * 512;
      }
    } catch {
      // Removed meanwhile.
    }
  }
  return bytes;
}

/** Linux tells times in hundredths of a second, on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

/** User and system time of all children that have ended and been waited for, theirs included. */
export function cpuSecondsOfChildren(): number {
  const fields = statOf('self') ?? [];
  // Fields 16 and 17 of proc(5): cutime, cstime.
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
