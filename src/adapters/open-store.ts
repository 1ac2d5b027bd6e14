/** A store by its URL. */
import type { ObjectStore } from '../pipeline/ports.ts';
import { parseStorageUrl } from '../storage/storage-url.ts';
import { openFolderStore } from './folder/folder-store.ts';
import { openS3Store } from './s3/s3-store.ts';

/** Nothing is touched before the first call of the store. Throws as parseStorageUrl does. */
export function openStore(url: string): ObjectStore {
  const location = parseStorageUrl(url);
  return location.kind === 'folder' ? openFolderStore(location.path) : openS3Store(location);
}
