/** Server access logs of Amazon S3, and of the stores that write the same. Pure. */
import { type LogLine, NOTHING, percentDecoded, timeOfLog, unquoted, unreadable } from './access-log.ts';

const QUOTED = '(?:"((?:[^"\\\\]|\\\\.)*)"|-)';
/** Owner, bucket, [time], address, requester, request id, operation, key, "request line", status, error, bytes, size, … */
const HEAD = new RegExp(
  `^[0-9a-fA-F-]+ \\S+ \\[([^\\]]{1,40})\\] (\\S+) \\S+ \\S+ ([A-Z]+\\.[A-Z_.]+) (\\S+) ${QUOTED} (\\d{3}|-) \\S+ (\\d+|-) `,
);
/** … size, total time, turn-around time, "referrer", "user agent". */
const TAIL = new RegExp(`^\\S+ \\S+ \\S+ ${QUOTED} ${QUOTED}`);

export const looksLikeS3 = (line: string) => HEAD.test(line);

/** The log does not tell which range was asked for, only how much was sent. */
export function readS3(line: string): LogLine {
  if (line.trim() === '') return NOTHING;
  const head = HEAD.exec(line);
  if (!head) return unreadable('it is no line of an S3 server access log');
  const [, time = '', address = '', operation = '', key = '', , statusText = '-', bytes = '-'] = head;
  const method = /^(?:REST|WEBSITE)\.(GET|HEAD)\.OBJECT$/.exec(operation)?.[1];
  if (method === undefined || statusText === '-') return NOTHING;
  const tail = TAIL.exec(line.slice(head[0].length));
  if (!tail) return unreadable('it ends before the user agent');
  const at = timeOfLog(time);
  if (!at) return unreadable('its time is none, like 22/Nov/2026:19:30:00 +0000');
  const status = Number(statusText);
  return {
    kind: 'request',
    request: {
      ...{ at, address, method, status },
      // Encoded once by whoever asked, and once more by the log.
      path: `/${percentDecoded(percentDecoded(key))}`,
      sentBytes: bytes === '-' ? 0 : Number(bytes),
      userAgent: unquoted(tail[2] ?? ''),
      ...(status === 200 ? { fromByte: 0 } : {}),
    },
  };
}
