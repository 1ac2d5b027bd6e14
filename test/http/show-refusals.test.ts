/** What a PUT of a show answers when much of it is wrong: all of it, in one answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient, problemOf } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let client: ApiClient;
beforeAll(async () => {
  app = await startApp();
  client = apiClient(app.url);
});
afterAll(() => app?.close());

describe('a show with several faults', () => {
  it('is refused once, with every one of them: where news go included', async () => {
    const body = { title: '', explicit: 'yes', callbackUrl: 'http://127.0.0.1/hook', sound: { bitrateKbps: 3 } };
    const { detail, issues } = await problemOf(await client.call('PUT', '/shows/faulty', body), 400);
    expect(detail).toBe('The show does not fit: title must not be empty (and 3 more: see issues)');
    expect(Object.fromEntries((issues ?? []).map(({ path, message }) => [path, message]))).toMatchObject({
      title: 'must not be empty',
      explicit: 'must be true or false',
      callbackUrl: expect.stringContaining('is not https'),
      'sound.bitrateKbps': 'must be 64, 80, 96, 112, 128, 160 or 192',
    });
    expect((await client.call('GET', '/shows/faulty')).status).toBe(404);
  });

  it('is told of a callbackUrl that alone does not fit, and of an id that cannot be', async () => {
    const unreachable = { title: 'x', callbackUrl: 'http://127.0.0.1/hook' };
    const { issues } = await problemOf(await client.call('PUT', '/shows/faulty', unreachable), 400);
    expect(issues?.map(({ path }) => path)).toEqual(['callbackUrl']);
    const { detail } = await problemOf(await client.call('PUT', '/shows/Faulty', { title: 'x' }), 400);
    expect(detail).toMatch(/^The show id does not fit: it must be 1 to 64/);
  });
});
