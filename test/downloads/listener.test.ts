/** Who is one listener, and what nobody can tell of them. */
import { describe, expect, it } from 'vitest';
import { EpisodeId } from '../../src/domain/ids.ts';
import { listenerHash, networkOf } from '../../src/downloads/listener.ts';

const [salt, tomorrow] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const episode = EpisodeId.parse(`ep-${'a'.repeat(32)}`);
const other = EpisodeId.parse(`ep-${'b'.repeat(32)}`);
const hash = (address: string, agent = 'Overcast/3.0', ofEpisode = episode, withSalt = salt) =>
  listenerHash(withSalt, ofEpisode, address, agent);

describe('a listener', () => {
  it('is the same for the same address and agent, and another for any other', () => {
    expect(hash('192.0.2.1')).toBe(hash('192.0.2.1'));
    const all = [hash('192.0.2.1'), hash('192.0.2.2'), hash('192.0.2.1', 'Castro 2')];
    expect(new Set(all).size).toBe(3);
  });

  it('cannot be followed to another episode or another day', () => {
    expect(hash('192.0.2.1', 'Overcast/3.0', other)).not.toBe(hash('192.0.2.1'));
    expect(hash('192.0.2.1', 'Overcast/3.0', episode, tomorrow)).not.toBe(hash('192.0.2.1'));
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:0001:0002::9', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
