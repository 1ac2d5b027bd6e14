/** The Combined Log Format, as nginx and Apache write it: with or without the virtual host in front. Pure. */
import { type LogLine, NOTHING, partsOfRequestLine, timeOfLog, unquoted, unreadable } from './access-log.ts';

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const HEAD = new RegExp(`^(?:[\\w.-]+:\\d+ )?(\\S+) [^[]*\\[([^\\]]{1,40})\\] ${QUOTED} (\\d{3}) (\\d+|-)`);
const TAIL = new RegExp(`^ ${QUOTED} ${QUOTED}`);

export const looksCombined = (line: string) => HEAD.test(line);

export function readCombined(line: string): LogLine {
  if (line.trim() === '') return NOTHING;
  const head = HEAD.exec(line);
  if (!head) return unreadable('it is no line of the Combined Log Format');
  const tail = TAIL.exec(line.slice(head[0].length));
  if (!tail) return unreadable('it has no referrer and user agent: let the server write its log as "combined"');
  const at = timeOfLog(head[2] ?? '');
  if (!at) return unreadable('its time is none, like 22/Nov/2026:19:30:00 +0000');
  const request = partsOfRequestLine(unquoted(head[3] ?? ''));
  // Whatever somebody sent that is no HTTP: it asked for no file.
  if (!request) return NOTHING;
  const status = Number(head[4]);
  return {
    kind: 'request',
    request: {
      ...{ at, address: head[1] ?? '', ...request, status },
      sentBytes: head[5] === '-' ? 0 : Number(head[5]),
      userAgent: unquoted(tail[2] ?? ''),
      ...(status === 200 ? { fromByte: 0 } : {}),
    },
  };
}
