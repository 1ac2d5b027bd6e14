/** Whether a bucket keeps what is removed from it, as older versions. */
import { GetBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { S3Location } from '../../storage/storage-url.ts';
import { makeS3Client } from './s3-client.ts';

/**
 * `paused`: nothing more is kept, what was kept before is still there. Undefined where the store does not tell: some know
 * no versions, others want a right of its own (s3:GetBucketVersioning).
 */
export async function keptVersions(location: S3Location): Promise<'none' | 'paused' | 'all' | undefined> {
  const client = makeS3Client({ ...location, maxAttempts: 1 });
  try {
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: location.bucket }));
    if (Status === 'Enabled') return 'all';
    return Status === 'Suspended' ? 'paused' : 'none';
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}
