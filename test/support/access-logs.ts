/** Access logs as the programs of others write them, for requests that a test names. */

export interface LoggedRequest {
  readonly at: Date;
  readonly address?: string;
  readonly path: string;
  readonly method?: string;
  readonly status?: number;
  readonly sentBytes: number;
  readonly userAgent?: string;
  /** Of a 206, where the format can tell. */
  readonly fromByte?: number;
}

const AGENT = 'Overcast/3.0 (+http://overcast.fm/; iOS podcast app)';
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

function logTime(at: Date): string {
  const [year = '', month = '', day = ''] = at.toISOString().slice(0, 10).split('-');
  const name = MONTHS.slice(3 * (Number(month) - 1), 3 * Number(month));
  return `${day}/${name}/${year}:${at.toISOString().slice(11, 19)} +0000`;
}

export function combinedLine(request: LoggedRequest): string {
  const { at, address = '192.0.2.1', path, method = 'GET', status = 200, sentBytes, userAgent = AGENT } = request;
  const agent = userAgent.replace(/["\\]/g, '\\$&');
  return `${address} - - [${logTime(at)}] "${method} ${path} HTTP/1.1" ${status} ${sentBytes} "-" "${agent}"`;
}

export const CLOUDFRONT_HEAD = [
  '#Version: 1.0',
  '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) ' +
    'cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes ' +
    'time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status ' +
    'fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len ' +
    'sc-range-start sc-range-end',
].join('\n');

/** Its bytes hold the headers too, as CloudFront's do. */
export function cloudFrontLine(request: LoggedRequest): string {
  const { at, address = '192.0.2.1', path, method = 'GET', status = 200, sentBytes, userAgent = AGENT } = request;
  const { fromByte } = request;
  const range = status === 206 && fromByte !== undefined ? [fromByte, fromByte + sentBytes - 1] : ['-', '-'];
  const day = at.toISOString().slice(0, 10);
  const fields = [
    ...[day, at.toISOString().slice(11, 19), 'FRA56-P7', sentBytes + 480, address, method, 'd111.cloudfront.net', path],
    ...[status, '-', encodeURIComponent(userAgent), '-', '-', 'Hit', 'EDGE-REQUEST-ID==', 'podcasts.example.org'],
    ...['https', 180, '0.020', '-', 'TLSv1.3', 'TLS_AES_128_GCM_SHA256', 'Hit', 'HTTP/2.0', '-', '-', 51234, '0.020'],
    ...['Hit', 'audio/mpeg', sentBytes, ...range],
  ];
  return fields.join('\t');
}

let requests = 0;
export function s3Line(request: LoggedRequest): string {
  const { at, address = '192.0.2.1', path, method = 'GET', status = 200, sentBytes, userAgent = AGENT } = request;
  const key = `podcasts/public${path}`;
  const id = `3E57427F3EXAMPLE${++requests}`;
  return [
    ...['79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be', 'the-bucket', `[${logTime(at)}]`, address],
    ...['-', id, `REST.${method}.OBJECT`, encodeURIComponent(key).replaceAll('%2F', '/')],
    ...[`"${method} /the-bucket/${key} HTTP/1.1"`, status, '-', sentBytes === 0 ? '-' : sentBytes, 6100, 70, 10, '"-"'],
    ...[`"${userAgent}"`, '-', 's9lzHYrFp76ZVxRcpX9=', '-', 'ECDHE-RSA-AES128-GCM-SHA256', '-'],
    ...['the-bucket.s3.eu-central-1.amazonaws.com', 'TLSv1.2', '-', '-'],
  ].join(' ');
}
