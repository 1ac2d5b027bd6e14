/** The list of deliveries, as an operator reads it. */
import { expect, it } from 'vitest';
import { listed } from '../../src/cli/deliveries.ts';
import { ShowId } from '../../src/domain/ids.ts';
import type { Delivery } from '../../src/pipeline/deliveries.ts';

const told: Delivery = {
  ...{ id: 'msg_1', type: 'episode.published', showId: ShowId.parse('late'), since: '2026-11-22T20:00:00.000Z' },
  ...{ state: 'delivered', attempts: 1, to: 'https://platform.example.org/', lastAnswer: '204' },
};

it('says what to set where something has nowhere to go, and only there', () => {
  expect(listed([told])).not.toContain('AFTERSHOW_CALLBACK_URL');
  const { to: _to, lastAnswer: _last, ...rest } = told;
  expect(listed([told, { ...rest, state: 'unaddressed', attempts: 0 }])).toMatch(
    /nowhere to send.*AFTERSHOW_CALLBACK_URL/,
  );
});
