import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeTempFolder } from '../support/temp-folder.ts';
import { describeModel } from './feed-model.contract.ts';

describeModel('a folder', {}, async () => {
  const storageUrl = pathToFileURL(join(makeTempFolder('feed-model-store'), 'objects')).href;
  return { storageUrl, env: {} };
});
