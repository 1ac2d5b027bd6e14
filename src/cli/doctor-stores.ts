/** What doctor finds out about the stores: reachable, safe for several writers, closed to strangers where it must be. */
import { reachOfStrangers } from '../adapters/s3/s3-anonymous.ts';
import { keptVersions } from '../adapters/s3/s3-versions.ts';
import type { Settings } from '../config.ts';
import { messageOf } from '../domain/failure.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { PUBLIC_FOLDER, SECLUDED_FOLDERS } from '../storage/object-keys.ts';
import { parseStorageUrl, type S3Location } from '../storage/storage-url.ts';
import { openStores, proveStore } from './engine.ts';
import { type Finding, finding } from './finding.ts';

export async function storeFindings(settings: Settings): Promise<Finding[]> {
  const stores = openStores(settings);
  const { bucket, trackStore } = stores;
  try {
    const objects = await finding('objects', async () => {
      await proveStore(bucket);
      return `${bucket.description}, honours conditional writes`;
    });
    const location = settings.storageUrl === undefined ? undefined : parseStorageUrl(settings.storageUrl);
    const isAskable = objects.state === 'ok' && location?.kind === 's3';
    return [
      objects,
      ...(isAskable ? await strangerFindings(location, bucket) : []),
      ...(location?.kind === 's3' ? await versionFindings(location) : []),
      ...(trackStore === bucket ? [] : [await tracksFinding(trackStore)]),
    ];
  } finally {
    await stores.close();
  }
}

function tracksFinding(trackStore: ObjectStore): Promise<Finding> {
  return finding('tracks', async () => {
    await trackStore.list('', { limit: 1 });
    return trackStore.description;
  });
}

async function strangerFindings(location: S3Location, bucket: ObjectStore): Promise<Finding[]> {
  try {
    const { readable, listable } = await reachOfStrangers(location, bucket, [...SECLUDED_FOLDERS, PUBLIC_FOLDER]);
    return [closedFinding(readable, listable), publicFinding(readable.includes(PUBLIC_FOLDER))];
  } catch (error) {
    return [{ what: 'strangers', state: 'problem', detail: `what they can read is not known: ${messageOf(error)}` }];
  }
}

/** Also of a store that is refused: tried, Ceph 16 ignores conditional writes only while versioning is on. */
async function versionFindings(location: S3Location): Promise<Finding[]> {
  const what = 'older versions';
  const kept = await keptVersions(location);
  if (kept === undefined) return [];
  if (kept === 'none') return [{ what, state: 'ok', detail: 'the bucket keeps none: what is removed is gone' }];
  const which = kept === 'all' ? 'the bucket keeps what is removed' : 'the bucket may still hold what was removed';
  const advice = 'do without versioning, or let a lifecycle rule end noncurrent versions soon';
  const ceph = kept === 'all' ? '. Some stores (Ceph 16) ignore conditional writes as well while it is on' : '';
  const detail = `${which}, voices and names of people who left too, as older versions: ${advice}${ceph}`;
  return [{ what, state: 'note', detail }];
}

const inWords = (folders: readonly string[]) => folders.map((folder) => `${folder}/`).join(', ');

function closedFinding(readable: readonly string[], listable: readonly string[]): Finding {
  const what = 'strangers';
  const read = SECLUDED_FOLDERS.filter((folder) => readable.includes(folder));
  const list = SECLUDED_FOLDERS.filter((folder) => listable.includes(folder));
  if (read.length + list.length === 0) {
    return { what, state: 'ok', detail: `can neither read nor list ${inWords(SECLUDED_FOLDERS)}` };
  }
  const faults = [
    ...(read.length > 0 ? [`anybody can read ${inWords(read)}`] : []),
    ...(list.length > 0 ? [`anybody can list ${inWords(list)}`] : []),
  ];
  const advice = `let the bucket's policy open ${PUBLIC_FOLDER}/ alone, for reading`;
  return { what, state: 'problem', detail: `${faults.join(', and ')}: ${advice}` };
}

function publicFinding(isReadable: boolean): Finding {
  const detail = isReadable
    ? 'anybody can read public/: the bucket can serve the episodes itself, or through a CDN'
    : 'nobody can read public/ without credentials: the episodes reach apps through this server alone';
  return { what: 'public files', state: 'note', detail };
}
