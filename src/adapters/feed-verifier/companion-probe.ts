/** Fetches what a feed names besides audio, artwork and chapters, and looks whether apps can use it. */
import sharp from 'sharp';
import { z } from 'zod';
import { messageOf } from '../../domain/failure.ts';
import { error, type Finding, warning } from '../../feed/feed-check.ts';
import { bytesOf, type ProbeLimits, request } from './http-probe.ts';

const MAX_ARTWORK_BYTES = 16 * 1024 ** 2;
const RECOMMENDED_ARTWORK_BYTES = 512 * 1024;
const MAX_CHAPTERS_BYTES = 1024 ** 2;

/** A finding where nothing usable answers. */
async function fetchCompanion(url: string, maxBytes: number, limits: ProbeLimits, code: string, where: string) {
  try {
    const answer = await request(url, limits);
    if (answer.status === 200) return { answer, bytes: await bytesOf(answer, maxBytes) };
    await answer.discard();
    return error(code, `${url} answers ${answer.status}, not 200`, where);
  } catch (cause) {
    return error(code, `${url}: ${messageOf(cause)}`, where);
  }
}

/** Never throws: no answer is a finding. */
export async function artworkFindings(url: string, where: string, limits: ProbeLimits): Promise<Finding[]> {
  const fetched = await fetchCompanion(url, MAX_ARTWORK_BYTES, limits, 'artwork-gone', where);
  if ('code' in fetched) return [fetched];
  const { answer, bytes } = fetched;
  const picture = await sharp(bytes)
    .metadata()
    .catch(() => undefined);
  if (!picture) return [error('artwork-unreadable', `${url} is no picture`, where)];
  const { format, width, height, space, hasAlpha } = picture;
  const findings: Finding[] = [];
  if (format !== 'jpeg' && format !== 'png') {
    findings.push(error('artwork-format', `The artwork is ${format}; directories take JPEG and PNG`, where));
  } else if (!(answer.headers.get('content-type') ?? '').startsWith(`image/${format}`)) {
    const message = `The artwork is ${format}, but served as “${answer.headers.get('content-type') ?? ''}”`;
    findings.push(error('artwork-type', message, where));
  }
  if (width !== height || width < 1400 || width > 3000) {
    const message = `The artwork has ${width} × ${height} pixels; directories take squares of 1400 to 3000`;
    findings.push(error('artwork-size', message, where));
  }
  if (space !== 'srgb' || hasAlpha) findings.push(warning('artwork-colours', 'The artwork is not plain RGB', where));
  if (bytes.length > RECOMMENDED_ARTWORK_BYTES) {
    findings.push(warning('artwork-heavy', `The artwork has ${bytes.length} bytes; 512 kB is advised`, where));
  }
  return findings;
}

const JsonChapters = z.object({
  version: z.string().startsWith('1.'),
  chapters: z.array(z.object({ startTime: z.number().nonnegative(), title: z.string().optional() })),
});

/** Never throws: no answer is a finding. */
export async function chaptersFindings(url: string, where: string, limits: ProbeLimits): Promise<Finding[]> {
  const fetched = await fetchCompanion(url, MAX_CHAPTERS_BYTES, limits, 'chapters-gone', where);
  if ('code' in fetched) return [fetched];
  try {
    const { chapters } = JsonChapters.parse(JSON.parse(new TextDecoder().decode(fetched.bytes)));
    const ascending = chapters.every((c, index) => index === 0 || c.startTime >= (chapters[index - 1]?.startTime ?? 0));
    return ascending ? [] : [error('chapters-order', 'The chapters do not ascend in time', where)];
  } catch (cause) {
    return [error('chapters-unreadable', `${url} holds no JSON chapters: ${messageOf(cause)}`, where)];
  }
}
