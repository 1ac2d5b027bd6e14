/** What ffmpeg meant to say: the one line of its output worth passing on. */

/** Lines that come with every failure, and progress. */
const NOISE =
  /^(Conversion failed!|Exiting normally.*|Error while (filtering|processing).*|Last message repeated.*|size=.*|frame=.*|Press \[q\].*|\s.*)?$/;

/** The last line that says something, without the address of the part that said it; undefined when there is none. */
export function lastMeaningfulLine(stderr: string): string | undefined {
  const line = stderr
    .split(/[\r\n]+/)
    .findLast((text) => !NOISE.test(text))
    ?.replace(/^\[[^\]]* @ 0x[0-9a-f]+\]\s*/, '')
    .trim();
  return line === undefined || line === '' ? undefined : line;
}

export function isDiskFull(stderr: string): boolean {
  return /No space left on device|Disk quota exceeded|File too large/i.test(stderr);
}

/** SIGHUP, SIGINT, SIGKILL and SIGTERM as a shell counts them, and what ffmpeg returns after it caught one and tidied up. */
const STATUS_AFTER_SIGNAL = [255, 129, 130, 137, 143];

/** Whether it ended because it was told to, not because of what it read. `exit` as fluent-ffmpeg words it. */
export function wasToldToEnd(exit: string, stderr: string): boolean {
  if (/killed with signal (SIGKILL|SIGTERM|SIGINT|SIGHUP|SIGQUIT)/.test(exit)) return true;
  if (/^Exiting normally, received signal/m.test(stderr)) return true;
  const status = Number(/exited with code (\d+)/.exec(exit)?.[1]);
  // Since ffmpeg 6.1 its status may also be the number of an error, and 255 is this one's.
  return STATUS_AFTER_SIGNAL.includes(status) && !/Operation not permitted/.test(stderr);
}
