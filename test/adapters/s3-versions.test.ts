/** A bucket that keeps older versions: what leaves an episode would stay in it, and doctor says so. */
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { makeS3Client } from '../../src/adapters/s3/s3-client.ts';
import { keptVersions } from '../../src/adapters/s3/s3-versions.ts';
import { storeFindings } from '../../src/cli/doctor-stores.ts';
import { readSettings } from '../../src/config.ts';
import { parseStorageUrl } from '../../src/storage/storage-url.ts';
import { freePort } from '../support/free-port.ts';
import { available } from '../support/programs.ts';
import { startS3 } from '../support/s3.ts';

const keptAt = (url: string) => {
  const location = parseStorageUrl(url);
  if (location.kind !== 's3') throw new Error(`${url} is no bucket`);
  return keptVersions(location);
};

describe('Older versions in a bucket', () => {
  it('are not known of one that cannot be asked', async () => {
    expect(await keptAt(`s3://podcasts?endpoint=http://127.0.0.1:${await freePort()}`)).toBeUndefined();
  });

  it.skipIf(!available.s3)(
    'are told of by doctor, while any are kept and after that',
    async () => {
      const s3 = await startS3();
      if (!s3) throw new Error('radosgw went away');
      Object.assign(process.env, s3.env);
      const bucket = await s3.createBucket();
      const url = s3.storageUrl(bucket);
      const client = makeS3Client({ ...s3, bucket });
      const told = async () => {
        const findings = await storeFindings(readSettings({ AFTERSHOW_STORAGE_URL: url }));
        return findings.find(({ what }) => what === 'older versions');
      };
      try {
        expect([await keptAt(url), (await told())?.state]).toEqual(['none', 'ok']);
        for (const [Status, kept] of [
          ['Enabled', 'all'],
          ['Suspended', 'paused'],
        ] as const) {
          const VersioningConfiguration = { Status };
          await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
          expect(await keptAt(url)).toBe(kept);
          expect(await told()).toMatchObject({
            state: 'note',
            detail: expect.stringMatching(/removed.*older versions/),
          });
        }
      } finally {
        client.destroy();
      }
    },
    100_000,
  );
});
