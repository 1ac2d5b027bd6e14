/** The live platform of the demo: creates the show, and tells that a room ended, over HTTP as any platform does. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { signMessage } from '../webhook/signature.ts';
import { say } from './output.ts';
import type { ActiveSecrets } from './secrets.ts';

const SHOW = {
  title: 'Late Table',
  description: 'Late-night conversations around one table, recorded live.',
  author: 'The Late Table',
  ownerEmail: 'table@example.org',
  categories: ['Society & Culture'],
};

const Accepted = z.object({ showId: ShowId, episodeId: EpisodeId, status: z.literal('accepted') });
type Accepted = z.infer<typeof Accepted>;

export class DemoPlatform {
  readonly #url: string;
  readonly #secrets: ActiveSecrets;
  readonly #signal: AbortSignal;

  constructor(url: string, secrets: ActiveSecrets, signal: AbortSignal) {
    this.#url = url;
    this.#secrets = secrets;
    this.#signal = signal;
  }

  async createShow(showId: ShowId): Promise<void> {
    const authorization = `Bearer ${this.#secrets.apiToken}`;
    await this.#send('PUT', `/api/shows/${showId}`, { authorization }, JSON.stringify(SHOW));
  }

  /** Throws an Error when it is not accepted. */
  async tellRoomEnded(body: string): Promise<Accepted> {
    const headers = signMessage(this.#secrets.webhookSecrets[0], `msg_${randomUUID()}`, new Date(), body);
    const response = await this.#send('POST', '/webhooks/room-ended', headers, body);
    say(`The room ended; its signed webhook was answered ${response.status}.`);
    return Accepted.parse(await response.json());
  }

  async #send(method: string, path: string, headers: Record<string, string>, body: string): Promise<Response> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: this.#signal,
    });
    if (response.ok) return response;
    throw new Error(`the demo server answered ${method} ${path} with ${response.status}: ${await response.text()}`);
  }
}
