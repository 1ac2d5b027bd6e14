/** listeners: whom a private show is for. Adding one prints their address, this once; revoking one closes it at once. */
import { readSettingsWithoutSecrets } from '../config.ts';
import type { ShowId } from '../domain/ids.ts';
import { ListenerName } from '../domain/listener.ts';
import { addListener, listListeners, revokeListener } from '../pipeline/listeners.ts';
import { openProvenStores, type Stores } from './engine.ts';
import { printResult, table } from './output.ts';
import { showIdFrom } from './show-id.ts';
import { UsageError } from './usage-error.ts';

const USES = 'say list, add <name> or revoke <id>';

export async function listeners(
  show: string,
  action: string | undefined,
  who: string | undefined,
  options: { json?: boolean },
): Promise<void> {
  const showId = showIdFrom(show);
  const run = chosen(showId, action, who, options.json === true);
  const stores = await openProvenStores(readSettingsWithoutSecrets());
  try {
    await run(stores);
  } finally {
    await stores.close();
  }
}

/** Wrong usage is told before any store is opened. */
function chosen(
  showId: ShowId,
  action = 'list',
  who: string | undefined,
  isJson: boolean,
): (stores: Stores) => Promise<void> {
  switch (action) {
    case 'list':
      if (who !== undefined) throw new UsageError(`list takes no name: ${USES}`);
      return (stores) => list(showId, stores, isJson);
    case 'add': {
      const name = ListenerName.safeParse(who);
      if (!name.success) throw new UsageError(`the listener's name ${name.error.issues[0]?.message ?? 'is missing'}`);
      return (stores) => add(showId, name.data, stores, isJson);
    }
    case 'revoke':
      if (who === undefined) throw new UsageError(`whom? ${USES}; list tells the ids`);
      return (stores) => revoke(showId, who, stores, isJson);
    default:
      throw new UsageError(`"${action}" cannot be done with listeners: ${USES}`);
  }
}

async function list(showId: ShowId, { bucket }: Stores, isJson: boolean): Promise<void> {
  const known = await listListeners(showId, bucket);
  printResult(isJson, { showId, listeners: known }, () =>
    known.length === 0
      ? `${showId} has no listeners with an address of their own.`
      : table(known.map(({ id, createdAt, name }) => [id, createdAt.slice(0, 10), name])),
  );
}

async function add(showId: ShowId, name: string, { bucket }: Stores, isJson: boolean): Promise<void> {
  const added = await addListener(showId, name, { bucket, clock: { now: () => new Date() } });
  printResult(isJson, { showId, ...added }, () =>
    [
      `${name} (${added.id}) hears ${showId} at:`,
      `  ${added.feedUrl}`,
      'Nobody can look this address up again. Who has it hears the show, so give it to this listener alone.',
    ].join('\n'),
  );
}

async function revoke(showId: ShowId, id: string, { bucket }: Stores, isJson: boolean): Promise<void> {
  if (!(await revokeListener(showId, id, bucket))) throw new Error(`there is no listener ${id} of ${showId}`);
  printResult(isJson, { showId, id, revoked: true }, () => `${id} hears ${showId} no more.`);
}
