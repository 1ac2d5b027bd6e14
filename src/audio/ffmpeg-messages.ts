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
