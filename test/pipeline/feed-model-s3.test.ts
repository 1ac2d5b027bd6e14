import { describe } from 'vitest';
import { available } from '../support/programs.ts';
import { startS3 } from '../support/s3.ts';
import { describeModel } from './feed-model.contract.ts';

describe.skipIf(!available.s3)('S3', () => {
  describeModel('radosgw', { feedItems: 10 }, async () => {
    const s3 = await startS3();
    if (!s3) throw new Error('radosgw is there, but did not start');
    return { storageUrl: s3.storageUrl(await s3.createBucket()), env: s3.env };
  });
});
