/** Which queue a setting means, and that no setting's password is repeated. */
import { describe, expect, test } from 'vitest';
import { openQueue } from '../../src/adapters/queue/open-queue.ts';
import { withoutCredentials } from '../../src/adapters/without-credentials.ts';
import { recordingLog } from './queue-place.ts';

describe('opening a queue', () => {
  test.each([
    ['rediss://u:geheim@cache.invalid:6380/2', 'the queue at rediss://cache.invalid:6380/2'],
    ['redis://cache.invalid', 'the queue at redis://cache.invalid:6379'],
    ['postgresql://u:geheim@db.invalid/jobs', 'the queue at postgres://db.invalid:5432/jobs'],
  ])('%s is opened without waiting for its server, and described without its password', async (url, description) => {
    const log = recordingLog();
    const queue = await openQueue(url, '/nowhere', log);
    expect(queue.description).toBe(description);
    await queue.close();
    expect(log.lines.join()).not.toContain('geheim');
  });

  test.each(['amqp://u:geheim@host', 'localhost:6379', 'redis//x'])('%s is refused', async (url) => {
    const failure = await openQueue(url, '/nowhere', recordingLog()).then(
      async (queue) => queue.close().then(() => undefined),
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'PermanentFailure', code: 'bad-request' });
    expect(String(failure)).not.toContain('geheim');
  });

  test('passwords go out of any text', () => {
    expect(withoutCredentials('no answer from redis://:p%40ss@h:1/0 and postgres://me:x@h/db?password=y&a=b')).toBe(
      'no answer from redis://h:1/0 and postgres://h/db?password=…&a=b',
    );
    expect(withoutCredentials('https://host/path@2x.png stays')).toBe('https://host/path@2x.png stays');
  });
});
