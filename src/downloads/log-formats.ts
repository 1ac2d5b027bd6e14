/** Which format a log has, by its first line. Pure. */
import type { LineReader } from './access-log.ts';
import { cloudFrontReader, looksCloudFront } from './cloudfront-log.ts';
import { looksCombined, readCombined } from './combined-log.ts';
import { looksLikeS3, readS3 } from './s3-log.ts';

export interface LogFormat {
  readonly name: string;
  readonly looksLike: (line: string) => boolean;
  readonly open: () => LineReader;
}

export const LOG_FORMATS: readonly LogFormat[] = [
  { name: 'CloudFront standard log', looksLike: looksCloudFront, open: cloudFrontReader },
  { name: 'S3 server access log', looksLike: looksLikeS3, open: () => readS3 },
  { name: 'Combined Log Format', looksLike: looksCombined, open: () => readCombined },
];

/** Undefined when none of them writes such a line. */
export function formatOf(line: string): LogFormat | undefined {
  return LOG_FORMATS.find(({ looksLike }) => looksLike(line));
}
