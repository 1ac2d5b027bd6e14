/** Public files from both stores. */
import { afterAll, describe } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { openS3Store } from '../../src/adapters/s3/s3-store.ts';
import { absenceFails, available } from '../support/programs.ts';
import { startS3 } from '../support/s3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { publicFilesContract } from './files.contract.ts';
import { codedFilesContract } from './files-coding.contract.ts';

const folder = makeTempFolder('files');
afterAll(() => removeFolder(folder));
const openFolder = async () => openFolderStore(folder);

publicFilesContract('public files from a folder', openFolder);
codedFilesContract('compressed files from a folder', openFolder);

describe.skipIf(!available.s3 && !absenceFails)('on S3', () => {
  const openBucket = async () => {
    const s3 = await startS3();
    if (!s3) throw new Error('No S3 server is installed, and CI is set.');
    const { endpoint, region, credentials } = s3;
    return openS3Store({ bucket: await s3.createBucket(), endpoint, region, credentials });
  };
  publicFilesContract('public files from S3', openBucket);
  codedFilesContract('compressed files from S3', openBucket);
});
