import { describe } from 'vitest';
import { openS3Store } from '../../src/adapters/s3/s3-store.ts';
import { available } from '../support/programs.ts';
import { startS3 } from '../support/s3.ts';
import { describeCatalogue } from './feed-catalogue.contract.ts';

describe.skipIf(!available.s3)('S3', () => {
  describeCatalogue('radosgw', async () => {
    const s3 = await startS3();
    if (!s3) throw new Error('radosgw is there, but did not start');
    const store = openS3Store({ bucket: await s3.createBucket(), ...s3, forcePathStyle: true });
    return { store, close: () => store.close() };
  });
});
