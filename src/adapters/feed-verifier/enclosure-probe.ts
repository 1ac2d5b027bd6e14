/** Asks for an episode's audio as an app does before, while and after it plays: HEAD, a range, the whole. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { parseStream } from 'music-metadata';
import { messageOf } from '../../domain/failure.ts';
import { error, type Finding, nameOf, warning } from '../../feed/feed-check.ts';
import type { ReadEpisode } from '../../feed/feed-reading.ts';
import { type Answer, type ProbeLimits, request } from './http-probe.ts';

type Enclosure = NonNullable<ReadEpisode['enclosure']>;

const RANGE_END = 1023;
/** A file of two days at 128 kbit/s. */
const MAX_AUDIO_BYTES = 3 * 1024 ** 3;
/** itunes:duration is in whole seconds; encoders add less than a tenth. */
const DURATION_TOLERANCE_SECONDS = 1.1;

const plainType = (answer: Answer) =>
  (answer.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

function* headFindings(answer: Answer, enclosure: Enclosure, where: string): Generator<Finding> {
  if (answer.status !== 200) {
    yield error('enclosure-gone', `HEAD ${enclosure.url} answers ${answer.status}, not 200`, where);
    return;
  }
  if (answer.redirects > 0)
    yield warning('enclosure-redirects', `The audio is ${answer.redirects} redirects away`, where);
  const length = answer.headers.get('content-length');
  if (length === null) yield error('length-untold', 'HEAD tells no Content-Length', where);
  else if (Number(length) !== enclosure.lengthBytes) {
    yield error('length-differs', `The feed says ${enclosure.lengthBytes} bytes, the server ${length}`, where);
  }
  if (plainType(answer) !== enclosure.type.toLowerCase()) {
    yield error('type-differs', `The feed says ${enclosure.type}, the server “${plainType(answer)}”`, where);
  }
  if (answer.headers.get('accept-ranges') !== 'bytes') {
    yield error('no-ranges', 'HEAD tells no “Accept-Ranges: bytes”: players cannot seek, Apple refuses it', where);
  }
  if (!answer.headers.has('etag') && !answer.headers.has('last-modified')) {
    yield warning('no-validators', 'The audio has neither ETag nor Last-Modified: broken downloads begin anew', where);
  }
}

async function rangeFindings(enclosure: Enclosure, limits: ProbeLimits, where: string): Promise<Finding[]> {
  const lengthBytes = enclosure.lengthBytes ?? 0;
  const end = Math.max(0, Math.min(RANGE_END, lengthBytes - 1));
  const answer = await request(enclosure.url, limits, { headers: { Range: `bytes=0-${end}` } });
  if (answer.status !== 206) {
    await answer.discard();
    return [error('no-ranges', `A GET for a range answers ${answer.status}, not 206: players cannot seek`, where)];
  }
  const expected = `bytes 0-${end}/${lengthBytes}`;
  const told = answer.headers.get('content-range') ?? '';
  let bytes = 0;
  for await (const piece of answer.body(MAX_AUDIO_BYTES)) bytes += piece.length;
  const findings: Finding[] = [];
  if (told !== expected) findings.push(error('range-wrong', `Content-Range is “${told}”, not “${expected}”`, where));
  if (bytes !== end + 1) findings.push(error('range-wrong', `A range of ${end + 1} bytes brought ${bytes}`, where));
  return findings;
}

interface Download {
  readonly bytes: number;
  /** Undefined where it is no audio. */
  readonly durationSeconds: number | undefined;
}

/** Reads the audio's own length while every byte is counted, also those after what its reader wants. */
async function download(answer: Answer, enclosure: Enclosure): Promise<Download> {
  const forReader = new PassThrough();
  let isReading = true;
  const size = enclosure.lengthBytes;
  const fileInfo = { mimeType: enclosure.type, ...(size !== undefined && { size }) };
  const reading = parseStream(forReader, fileInfo, { skipCovers: true })
    .then(({ format }) => format.duration)
    .catch(() => undefined)
    .finally(() => {
      isReading = false;
    });
  let bytes = 0;
  try {
    for await (const piece of answer.body(MAX_AUDIO_BYTES)) {
      bytes += piece.length;
      if (isReading && !forReader.write(piece)) await Promise.race([once(forReader, 'drain'), reading]);
    }
    forReader.end();
    return { bytes, durationSeconds: await reading };
  } finally {
    forReader.destroy();
  }
}

async function wholeFindings(episode: ReadEpisode, enclosure: Enclosure, limits: ProbeLimits): Promise<Finding[]> {
  const where = nameOf(episode);
  const answer = await request(enclosure.url, limits);
  if (answer.status !== 200) {
    await answer.discard();
    return [error('enclosure-gone', `GET ${enclosure.url} answers ${answer.status}, not 200`, where)];
  }
  const { bytes, durationSeconds } = await download(answer, enclosure);
  const findings: Finding[] = [];
  if (bytes !== enclosure.lengthBytes) {
    findings.push(error('length-differs', `The feed says ${enclosure.lengthBytes} bytes, ${bytes} came`, where));
  }
  if (durationSeconds === undefined) {
    findings.push(error('audio-unreadable', 'What came is no audio that can be read', where));
  } else if (Math.abs(durationSeconds - (episode.durationSeconds ?? durationSeconds)) > DURATION_TOLERANCE_SECONDS) {
    const message = `The feed says ${episode.durationSeconds} s, the audio has ${durationSeconds.toFixed(1)} s`;
    findings.push(error('duration-differs', message, where));
  }
  return findings;
}

/** `whole`: also download it, count its bytes and compare its length. Never throws: no answer is a finding. */
export async function probeEnclosure(episode: ReadEpisode, whole: boolean, limits: ProbeLimits): Promise<Finding[]> {
  const { enclosure } = episode;
  if (!enclosure || !URL.canParse(enclosure.url)) return [];
  const where = nameOf(episode);
  try {
    const head = await request(enclosure.url, limits, { method: 'HEAD' });
    await head.discard();
    const findings = [...headFindings(head, enclosure, where)];
    if (head.status !== 200) return findings;
    findings.push(...(await rangeFindings(enclosure, limits, where)));
    if (whole) findings.push(...(await wholeFindings(episode, enclosure, limits)));
    return distinct(findings);
  } catch (cause) {
    return [error('enclosure-unreachable', `${enclosure.url}: ${messageOf(cause)}`, where)];
  }
}

/** HEAD, range and whole may each find the same: it is said once. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.toReversed().map((finding) => [finding.code, finding])).values()].reverse();
}
