/** Standard logs of Amazon CloudFront: fields between tabs, named by a line that begins with #Fields. Pure. */
import { type LineReader, NOTHING, percentDecoded, unreadable } from './access-log.ts';

const NEEDED = ['date', 'time', 'c-ip', 'cs-method', 'cs-uri-stem', 'sc-status', 'sc-bytes', 'cs(User-Agent)'] as const;

export const looksCloudFront = (line: string) => /^#(Version|Fields):/.test(line);

/** `sc-bytes` counts the headers too: a few hundred bytes, which are never more than the range that was asked for. */
export function cloudFrontReader(): LineReader {
  let fields: readonly string[] = [];
  return (line) => {
    if (line.startsWith('#Fields:')) fields = line.slice('#Fields:'.length).trim().split(/\s+/);
    if (line.startsWith('#') || line.trim() === '') return NOTHING;
    const missing = NEEDED.filter((name) => !fields.includes(name));
    if (missing.length > 0) return unreadable(`no #Fields line before it names ${missing.join(', ')}`);
    const values = line.split('\t');
    if (values.length !== fields.length) {
      return unreadable(`it has ${values.length} fields, and #Fields names ${fields.length}`);
    }
    const value = (name: string) => values[fields.indexOf(name)] ?? '-';
    const at = new Date(`${value('date')}T${value('time')}Z`);
    if (Number.isNaN(at.getTime())) return unreadable('its date and time are none');
    if (!/^\d{3}$/.test(value('sc-status')) || !/^\d+$/.test(value('sc-bytes'))) {
      // 000: the client left before anything was answered.
      return value('sc-status') === '000' ? NOTHING : unreadable('its sc-status or sc-bytes is no number');
    }
    const [from, to] = [wholeNumber(value('sc-range-start')), wholeNumber(value('sc-range-end'))];
    const sent = Number(value('sc-bytes'));
    const status = Number(value('sc-status'));
    const fromByte = status === 200 ? 0 : from;
    return {
      kind: 'request',
      request: {
        ...{ at, address: value('c-ip'), method: value('cs-method'), status },
        path: percentDecoded(value('cs-uri-stem')),
        sentBytes: status === 206 && from !== undefined && to !== undefined ? Math.min(sent, to - from + 1) : sent,
        userAgent: twiceDecoded(value('cs(User-Agent)')),
        ...(fromByte === undefined ? {} : { fromByte }),
      },
    };
  };
}

const wholeNumber = (text: string) => (/^\d+$/.test(text) ? Number(text) : undefined);

/** Spaces come as %20, and from older distributions as %2520. */
function twiceDecoded(text: string): string {
  const once = percentDecoded(text);
  return /%[0-9A-Fa-f]{2}/.test(once) ? percentDecoded(once) : once;
}
