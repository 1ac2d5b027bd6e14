/** How much memory ffmpeg ever took, looked at every few milliseconds while it runs. */
import { readFileSync } from 'node:fs';

export interface MemoryWatch {
  /** The most that one process held at once (`VmHWM`), as far as was seen. */
  mostMib(): number;
  end(): void;
}

export function watchMemory(processes: () => readonly number[]): MemoryWatch {
  let most = 0;
  const look = () => {
    for (const pid of processes()) {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        // Before it becomes ffmpeg, a child is a copy of its parent.
        if (!status.startsWith('Name:\tffmpeg')) continue;
        const [, kib = '0'] = /^VmHWM:\s*(\d+) kB/m.exec(status) ?? [];
        most = Math.max(most, Number(kib) / 1024);
      } catch {
        // It ended while we looked.
      }
    }
  };
  const timer = setInterval(look, 10);
  return { mostMib: () => most, end: () => clearInterval(timer) };
}
