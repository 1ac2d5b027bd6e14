/** Storage URLs: what they mean, and what is said of wrong ones. */
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/adapters/open-store.ts';
import { parseStorageUrl } from '../../src/storage/storage-url.ts';

describe('a storage URL', () => {
  test('with s3: names bucket, prefix, endpoint, region and style', () => {
    const endpoint = 'http://127.0.0.1:9000';
    const url = `s3://bucket/some/pre%20fix/?endpoint=${encodeURIComponent(endpoint)}&region=eu-1&forcePathStyle=true`;
    expect(parseStorageUrl(url)).toEqual({
      kind: 's3',
      bucket: 'bucket',
      prefix: 'some/pre fix',
      endpoint,
      region: 'eu-1',
      forcePathStyle: true,
    });
    expect(parseStorageUrl('s3://my.bucket-1')).toEqual({ kind: 's3', bucket: 'my.bucket-1', prefix: '' });
    expect(parseStorageUrl('s3://abc?endpoint=http://localhost:1')).toMatchObject({ endpoint: 'http://localhost:1' });
  });

  test('with file: names a folder', () => {
    expect(parseStorageUrl('file:///srv/after%20show')).toEqual({ kind: 'folder', path: '/srv/after show' });
    expect(openStore('file:///srv/aftershow').description).toBe('folder /srv/aftershow');
  });

  test.each([
    ['not a url', /is no URL/],
    ['./data', /is no URL/],
    ['https://bucket.example', /begins with https:/],
    ['file://data/x', /names a host/],
    ['file:data', /is not absolute/],
    ['file:///data?x=1', /has parameters/],
    ['s3://Bu', /no valid bucket/],
    ['s3:///x', /no valid bucket/],
    ['s3://bucket:9000/', /no valid bucket/],
    ['s3://bucket/%zz', /encodes nothing/],
    ['s3://bucket?endpiont=x', /unknown parameter endpiont/],
    ['s3://bucket?endpoint=localhost', /endpoint that is no http/],
    ['s3://bucket?forcePathStyle=yes', /not true or false/],
  ])('like %s is refused with what is wrong and how it should look', (url, message) => {
    expect(() => parseStorageUrl(url)).toThrow(message);
    expect(() => parseStorageUrl(url)).toThrow(/should look like s3:\/\/bucket/);
  });

  test.each([
    's3://key:hush-hush@bucket/x',
    's3://bucket?endpoint=http://key:hush-hush@localhost:9000',
    's3://bucket?secret=hush-hush',
    's3://bucket/%zz?hush-hush',
  ])('with a secret in it is refused without repeating it: %s', (url) => {
    let message = '';
    try {
      parseStorageUrl(url);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/storage URL/);
    expect(message).not.toMatch(/hush-hush@|=hush/);
  });

  test('opens an S3 store that says where it is, without asking it anything', () => {
    const store = openStore('s3://bucket/episodes?endpoint=http://127.0.0.1:1&region=eu-1');
    expect(store.description).toBe('bucket s3://bucket/episodes/ at 127.0.0.1:1');
  });
});
