/**
 * A show's catalogue: a copy of what its feed was derived from last, so that one changed episode costs the reading of
 * one manifest. Nothing in it is believed but what an ETag of the bucket's own listing confirms, entry by entry; and
 * all of it only where it is, by its own digest, what this version of the program wrote. Pure.
 */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { sha256 } from '../domain/ids.ts';
import { PROGRAM_VERSION } from '../domain/program.ts';
import { FEED_FORMAT } from '../domain/show.ts';
import type { FeedEntry } from './feed-entry.ts';

/** Of the entries in here. */
const CATALOGUE_FORMAT = 2;

/** An object that was written or seen, by its ETag, and the SHA-256 of its bytes, which no store tells alike. */
export interface KnownBytes {
  readonly etag: string;
  readonly sha256: string;
}

/** A stored record as it was read under that ETag. */
export interface KnownRecord<T> {
  readonly etag: string;
  readonly value: T;
}

export interface Catalogue {
  readonly feed: KnownBytes & { readonly generation: number };
  /** By key; of archive pages. */
  readonly pages: ReadonlyMap<string, KnownBytes>;
  /** show.json, yet to be parsed. */
  readonly show: KnownRecord<unknown>;
  /** By the manifest's key. */
  readonly entries: ReadonlyMap<string, KnownRecord<FeedEntry>>;
}

const Known = z.object({ etag: z.string(), sha256: z.string() });
// The digest has proven who wrote it: that there are ten thousand entries of the right shape is not looked at again.
const Body = z.object({
  feed: Known.extend({ generation: z.number() }),
  pages: z.array(z.tuple([z.string(), Known])),
  show: z.object({ etag: z.string(), value: z.unknown() }),
  entries: z.custom<readonly (readonly [string, KnownRecord<FeedEntry>])[]>(Array.isArray),
});

/** The beginning says by whom and what, in exactly these bytes; the rest is the body and a closing brace. */
function headOf(body: string | Uint8Array): string {
  const writer = `"format":${CATALOGUE_FORMAT},"program":"${PROGRAM_VERSION}","feedFormat":${FEED_FORMAT}`;
  return `{${writer},"sha256":"${sha256(body)}",\n"body":`;
}

/** Valid JSON. */
export function encodeCatalogue({ feed, pages, show, entries }: Catalogue): Buffer {
  const body = Buffer.from(JSON.stringify({ feed, pages: [...pages], show, entries: [...entries] }));
  return Buffer.concat([Buffer.from(headOf(body)), body, Buffer.from('}\n')]);
}

const TAIL_BYTES = '}\n'.length;

/** Undefined for anything but what this version wrote whole. */
export function decodeCatalogue(bytes: Buffer): Catalogue | undefined {
  const start = headOf('').length;
  const body = bytes.subarray(start, -TAIL_BYTES);
  if (!bytes.subarray(0, start).equals(Buffer.from(headOf(body)))) return undefined;
  const parsed = Body.safeParse(JSON.parse(body.toString()));
  if (!parsed.success) return undefined;
  const { feed, pages, show, entries } = parsed.data;
  return { feed, pages: new Map(pages), show, entries: new Map(entries) };
}
