/** deliveries: what the platform and the hubs were told of a show's episodes, what they are still owed; and once more what was lost. */
import { readSettingsWithoutSecrets } from '../config.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { ShowId } from '../domain/ids.ts';
import type { Show } from '../domain/show.ts';
import {
  type Delivery,
  HUB_DELIVERY_ID,
  listDeliveries,
  PURGE_DELIVERY_PREFIX,
  resend,
  wasGivenUp,
} from '../pipeline/deliveries.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { listShows, readShow } from '../pipeline/shows.ts';
import { feedDependencies, openProvenStores } from './engine.ts';
import { printResult, table } from './output.ts';
import { UsageError } from './usage-error.ts';

interface DeliveriesOptions {
  readonly show?: string;
  readonly days?: string;
  /** True: all that were given up. */
  readonly resend?: string | true;
  readonly json?: boolean;
}

const DEFAULT_DAYS = 7;
const MOST_DAYS = 365;

export async function deliveries(options: DeliveriesOptions): Promise<void> {
  const { showId, days, wanted } = checked(options);
  const settings = readSettingsWithoutSecrets();
  const stores = await openProvenStores(settings);
  try {
    const dependencies = {
      ...feedDependencies(settings, stores),
      callbackUrl: settings.callbackUrl,
      purgeUrl: settings.purgeUrl,
    };
    const found: Delivery[] = [];
    const sentAgain: Delivery[] = [];
    for (const show of await wantedShows(stores.bucket, showId)) {
      const known = await listDeliveries(show, days, dependencies);
      found.push(...known);
      const chosen =
        wanted === true ? known.filter(wasGivenUp).map(({ id }) => id) : wanted === undefined ? [] : [wanted];
      // Oldest first, as they happened.
      for (const id of chosen.toReversed()) sentAgain.push(await resend(show, id, dependencies));
    }
    if (wanted === undefined) printResult(options.json === true, { deliveries: found }, () => listed(found));
    else printResult(options.json === true, { resent: sentAgain }, () => resent(sentAgain));
  } finally {
    await stores.close();
  }
}

function checked({ show, days = String(DEFAULT_DAYS), resend: wanted }: DeliveriesOptions) {
  const showId = show === undefined ? undefined : ShowId.safeParse(show);
  if (showId && !showId.success) throw new UsageError(`"${show}" is no show id: they have 1 to 64 of a-z, 0-9 and -`);
  if (!/^\d{1,3}$/.test(days) || Number(days) < 1 || Number(days) > MOST_DAYS) {
    throw new UsageError(`--days takes 1 to ${MOST_DAYS}, not "${days}"`);
  }
  if (typeof wanted === 'string' && !showId) {
    throw new UsageError('--resend <id> needs --show <id>: of which show is it?');
  }
  const isKnown = (id: string) =>
    id === HUB_DELIVERY_ID || ['msg_', PURGE_DELIVERY_PREFIX].some((p) => id.startsWith(p));
  if (typeof wanted === 'string' && !isKnown(wanted)) {
    const begin = `they begin with msg_ or ${PURGE_DELIVERY_PREFIX}, or are called ${HUB_DELIVERY_ID}`;
    throw new UsageError(`"${wanted}" is no delivery: ${begin}`);
  }
  return { showId: showId?.data, days: Number(days), wanted };
}

async function wantedShows(bucket: ObjectStore, showId: ShowId | undefined): Promise<Show[]> {
  if (showId === undefined) return listShows(bucket);
  const show = await readShow(bucket, showId);
  if (!show) throw new PermanentFailure('not-found', `there is no show ${showId} in ${bucket.description}`);
  return [show];
}

const UNADDRESSED =
  'unaddressed: there is nowhere to send it. Set AFTERSHOW_CALLBACK_URL, or a show’s callbackUrl; files.removed needs AFTERSHOW_PURGE_URL.';

export function listed(found: readonly Delivery[]): string {
  if (found.length === 0) return 'Nothing was told to anybody in these days, and nothing is owed.';
  const rows = table([
    ['when', 'show', 'what', 'state', 'tries', 'to', 'last answer', 'id'],
    ...found.map((delivery) => [
      delivery.since,
      delivery.showId,
      delivery.type,
      delivery.state,
      String(delivery.attempts),
      delivery.to ?? '-',
      delivery.lastAnswer ?? '-',
      delivery.id,
    ]),
  ]);
  return found.some(({ state }) => state === 'unaddressed') ? `${rows}\n${UNADDRESSED}` : rows;
}

function resent(sentAgain: readonly Delivery[]): string {
  if (sentAgain.length === 0) return 'Nothing was given up: there is nothing to send again.';
  const when = 'They are sent by the server or worker that runs, within its AFTERSHOW_SWEEP_SECONDS.';
  return `${sentAgain.map(({ type, id }) => `${type}  ${id}`).join('\n')}\n${when}`;
}
