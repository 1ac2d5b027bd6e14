import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { describeCatalogue } from './feed-catalogue.contract.ts';

describeCatalogue('a folder', async () => {
  const folder = makeTempFolder('catalogue');
  return { store: openFolderStore(folder), close: async () => removeFolder(folder) };
});
