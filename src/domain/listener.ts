/** Whom a private show is for: each has a token of their own, of which only the digest is kept. */
import { z } from 'zod';
import { Sha256 } from './ids.ts';
import { Instant } from './room.ts';

const MAX_LISTENERS = 5_000;

export const ListenerId = z
  .string()
  .regex(/^ls-[0-9a-f]{16}$/)
  .brand<'ListenerId'>();
export type ListenerId = z.infer<typeof ListenerId>;

/** What the creator calls them; nobody else reads it. */
export const ListenerName = z
  .string('must be a text')
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  .refine((name) => !/[\p{Cc}\p{Cs}]/u.test(name), 'must be printable: no control characters');

const Listener = z.object({
  id: ListenerId,
  name: z.string(),
  createdAt: Instant,
  /**
   * Of the token. A plain digest is enough: the token is 256 random bits, so there is no list of likely ones to try, as
   * there is of passwords, and slowness or salt would protect nothing.
   */
  tokenSha256: Sha256,
});
export type Listener = z.infer<typeof Listener>;

/** The stored record: shows/<showId>/listeners.json. Who is taken away is taken out. */
export const Listeners = z.object({ version: z.int().positive(), listeners: z.array(Listener) });
export type Listeners = z.infer<typeof Listeners>;

export const isFull = ({ listeners }: Listeners) => listeners.length >= MAX_LISTENERS;
export const TOO_MANY = `a show has at most ${MAX_LISTENERS} listeners with a token: take away those who left`;
