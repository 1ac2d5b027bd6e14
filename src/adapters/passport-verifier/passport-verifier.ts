/** Fetches a passport and the audio it tells of, recomputes what can be recomputed from the public file, and compares. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { Passport, sealOf } from '../../audio/passport.ts';
import { checkPassport, type PassportCheck } from '../../audio/passport-check.ts';
import { messageOf } from '../../domain/failure.ts';
import { checkFeed } from '../../feed/feed-check.ts';
import type { AudioEngine } from '../../pipeline/audio-engine.ts';
import type { WorkFolder } from '../../pipeline/ports.ts';
import { bytesOf, type ProbeLimits, request } from '../feed-verifier/http-probe.ts';
import { findOut } from './public-audio.ts';

export interface PassportVerification {
  readonly ok: boolean;
  readonly passports: readonly VerifiedPassport[];
}

export interface VerifiedPassport {
  readonly passport: string;
  readonly guid?: string;
  readonly ok: boolean;
  /** Why nothing could be compared. */
  readonly problem?: string;
  readonly checks: readonly PassportCheck[];
}

export interface PassportVerifying {
  readonly audio: AudioEngine;
  /** For what is fetched; the caller removes it. */
  readonly folder: WorkFolder;
  readonly signal: AbortSignal;
  /** Of a feed, so many episodes, newest first. Default 3. */
  readonly episodes?: number;
}

const MAX_PASSPORT_BYTES = 16 * 1024 ** 2;
const MAX_FEED_BYTES = 64 * 1024 ** 2;
const MAX_AUDIO_BYTES = 8 * 1024 ** 3;
const LIMITS: ProbeLimits = { timeoutMs: 20_000, maxRedirects: 3 };
const AUDIO_FILE = 'published.mp3';

const isUrl = (place: string) => /^https?:\/\//i.test(place);

/** A passport, or a feed, whose episodes' passports lie beside their audio. Never throws for what it finds there. */
export async function verifyPassports(urlOrFile: string, verifying: PassportVerifying): Promise<PassportVerification> {
  const passports = await verifiedAt(urlOrFile, verifying);
  return { ok: passports.length > 0 && passports.every(({ ok }) => ok), passports };
}

async function verifiedAt(place: string, verifying: PassportVerifying): Promise<VerifiedPassport[]> {
  let text: string;
  try {
    text = await readText(place, MAX_FEED_BYTES);
  } catch (error) {
    return [unverified(place, messageOf(error))];
  }
  if (!text.trimStart().startsWith('<')) return [await verifyOne(place, text, verifying)];
  const { feed } = checkFeed(text);
  if (!feed) return [unverified(place, 'neither a passport nor a feed that can be read')];
  const verified: VerifiedPassport[] = [];
  for (const { enclosure, title } of feed.episodes.slice(0, verifying.episodes ?? 3)) {
    const beside = enclosure && passportBeside(enclosure.url);
    if (!beside) {
      verified.push(unverified(enclosure?.url ?? title, `${title}: its audio is none of aftershow's`));
      continue;
    }
    try {
      verified.push(await verifyOne(beside, await readText(beside, MAX_PASSPORT_BYTES), verifying));
    } catch (error) {
      verified.push(unverified(beside, messageOf(error)));
    }
  }
  return verified.length > 0 ? verified : [unverified(place, 'the feed has no episodes')];
}

/** Passports are named as their audio. */
function passportBeside(audioUrl: string): string | undefined {
  if (!URL.canParse(audioUrl)) return undefined;
  const url = new URL(audioUrl);
  if (!url.pathname.endsWith('.mp3')) return undefined;
  url.pathname = url.pathname.replace(/\.mp3$/, '.passport.json');
  return url.href;
}

async function verifyOne(place: string, text: string, verifying: PassportVerifying): Promise<VerifiedPassport> {
  const { folder, audio, signal } = verifying;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unverified(place, 'it is neither JSON nor a feed');
  }
  const passport = Passport.safeParse(json);
  if (!passport.success) return unverified(place, `it is no passport: ${z.prettifyError(passport.error)}`);
  const { guid, published } = passport.data;
  try {
    const body = await openAudio(place, published.file);
    const received = await folder.receive(AUDIO_FILE, body, signal);
    const found = await findOut(AUDIO_FILE, received, folder, audio, signal);
    const checks = checkPassport(passport.data, sealOf(json), found);
    return { passport: place, guid, ok: checks.every(({ ok }) => ok), checks };
  } catch (error) {
    signal.throwIfAborted();
    return { ...unverified(place, messageOf(error)), guid };
  }
}

/** The file of this name beside the passport. */
async function openAudio(passport: string, file: string): Promise<Readable> {
  if (!isUrl(passport)) {
    const path = join(dirname(passport), file);
    await stat(path).catch(() => {
      throw new Error(`its audio is not beside it: put ${file} into the same folder, or give the passport's address`);
    });
    return createReadStream(path);
  }
  const url = new URL(file, passport).href;
  const answer = await request(url, LIMITS);
  if (answer.status === 200) return Readable.from(answer.body(MAX_AUDIO_BYTES));
  await answer.discard();
  throw new Error(`its audio ${url} answers ${answer.status}, not 200`);
}

async function readText(place: string, maxBytes: number): Promise<string> {
  if (!isUrl(place)) {
    const { size } = await stat(place);
    if (size > maxBytes) throw new Error(`it has ${size} bytes, more than ${maxBytes}`);
    return readFile(place, 'utf8');
  }
  const answer = await request(place, LIMITS);
  if (answer.status === 200) return new TextDecoder().decode(await bytesOf(answer, maxBytes));
  await answer.discard();
  throw new Error(`${place} answers ${answer.status}, not 200`);
}

const unverified = (passport: string, problem: string): VerifiedPassport => ({
  passport,
  ok: false,
  problem,
  checks: [],
});
