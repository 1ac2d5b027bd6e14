import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { fixtureEvent } from '../../fixtures/room.ts';
import { episodeGuidFor, episodeIdFor, RoomId, roomHash, ShowId } from '../../src/domain/ids.ts';
import { issuesOf } from '../../src/http/problem.ts';
import { parseEvent } from '../../src/webhook/events.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests bend an event into every wrong shape
type Bent = any;
const bent = (change: (event: Bent) => void): unknown => {
  const event = structuredClone(fixtureEvent());
  change(event);
  return event;
};

function problems(event: unknown): string[] {
  try {
    parseEvent(event);
    return [];
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    return issuesOf(error).map(({ path }) => path);
  }
}

describe('A room.ended event', () => {
  it('comes through as it was sent, without those who did not consent', () => {
    const event = parseEvent(fixtureEvent());
    if (event.type !== 'room.ended') throw new Error(`read as ${event.type}`);
    expect(event.data.participants.filter((person) => person.consent).map((person) => person.name)).toEqual([
      'Ana',
      'June',
      'Carlo',
    ]);
    expect(event.data.participants.find((person) => !person.consent)).toEqual({
      id: 'p4',
      role: 'guest',
      consent: false,
    });
    expect(JSON.stringify(event.data)).not.toContain('Petra');
    expect(event.data.tracks.some((track) => track.participantId === 'p4')).toBe(false);
    expect(event.data.tracks).toHaveLength(4);
  });

  it('is the same event in another order of keys and with another envelope', () => {
    const event = fixtureEvent() as { data: object };
    const turned = {
      data: Object.fromEntries(Object.entries(event.data).reverse()),
      type: 'room.ended',
      timestamp: 'later',
    };
    expect((parseEvent(turned) as Bent).digest).toBe((parseEvent(event) as Bent).digest);
    const other = bent((e) => {
      e.data.room.title = 'Another title';
    });
    expect((parseEvent(other) as Bent).digest).not.toBe((parseEvent(event) as Bent).digest);
  });

  it.each<[string, (event: Bent) => void, string]>([
    ['no room', (e) => delete e.data.room, 'data.room'],
    ['no title', (e) => delete e.data.room.title, 'data.room.title'],
    [
      'a show id in capitals',
      (e) => {
        e.data.room.showId = 'Late Table';
      },
      'data.room.showId',
    ],
    [
      'a show id of 65 characters',
      (e) => {
        e.data.room.showId = 'a'.repeat(65);
      },
      'data.room.showId',
    ],
    [
      'an empty show id',
      (e) => {
        e.data.room.showId = '';
      },
      'data.room.showId',
    ],
    [
      'a NUL in the room id',
      (e) => {
        e.data.room.id = 'a\u0000b';
      },
      'data.room.id',
    ],
    [
      'a control character in the room id',
      (e) => {
        e.data.room.id = 'a\u001bb';
      },
      'data.room.id',
    ],
    [
      'a room id over 256 bytes',
      (e) => {
        e.data.room.id = 'ä'.repeat(129);
      },
      'data.room.id',
    ],
    [
      'an empty room id',
      (e) => {
        e.data.room.id = '';
      },
      'data.room.id',
    ],
    [
      'an end before the start',
      (e) => {
        e.data.room.endedAt = '2020-01-01T00:00:00Z';
      },
      'data.room.endedAt',
    ],
    [
      'a time without a zone',
      (e) => {
        e.data.room.startedAt = '2026-11-22T19:30:00';
      },
      'data.room.startedAt',
    ],
    [
      'no participants',
      (e) => {
        e.data.participants = [];
      },
      'data.participants',
    ],
    [
      'no tracks',
      (e) => {
        e.data.tracks = [];
      },
      'data.tracks',
    ],
    [
      'a track of nobody',
      (e) => {
        e.data.tracks[0].participantId = 'p9';
      },
      'data.tracks[0].participantId',
    ],
    [
      'an absolute track key',
      (e) => {
        e.data.tracks[1].key = '/etc/passwd';
      },
      'data.tracks[1].key',
    ],
    [
      'a track key that climbs',
      (e) => {
        e.data.tracks[1].key = 'rooms/../../secret.ogg';
      },
      'data.tracks[1].key',
    ],
    [
      'a NUL in a track key',
      (e) => {
        e.data.tracks[1].key = 'a\u0000.ogg';
      },
      'data.tracks[1].key',
    ],
    [
      'a URL as a track key',
      (e) => {
        e.data.tracks[1].key = 'http://169.254.169.254/x.ogg';
      },
      'data.tracks[1].key',
    ],
    [
      'a scheme as a track key',
      (e) => {
        e.data.tracks[1].key = 'concat:a.ogg';
      },
      'data.tracks[1].key',
    ],
    [
      'a backslash in a track key',
      (e) => {
        e.data.tracks[1].key = 'a\\..\\b.ogg';
      },
      'data.tracks[1].key',
    ],
    [
      'one track key twice',
      (e) => {
        e.data.tracks[1].key = e.data.tracks[0].key;
      },
      'data.tracks[1].key',
    ],
    [
      'one participant twice',
      (e) => {
        e.data.participants[1].id = e.data.participants[0].id;
      },
      'data.participants[1].id',
    ],
    [
      'trims that leave nothing',
      (e) => {
        e.data.edit = { trimStartSeconds: 90 };
      },
      'data.edit',
    ],
    [
      'a schedule without a time',
      (e) => {
        e.data.publish = { mode: 'scheduled' };
      },
      'data.publish.at',
    ],
  ])('with %s is refused, and told where', (_name, change, path) => {
    expect(problems(bent(change))).toContain(path);
  });

  it.each(['..', '-rf', 'http:x', '12345', 'a/b', '$(reboot)', 'ünïcødé 🎙️'])('may have the room id %s', (id) => {
    expect(
      problems(
        bent((e) => {
          e.data.room.id = id;
        }),
      ),
    ).toEqual([]);
    const hash = roomHash(RoomId.parse(id));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is one room in NFC and NFD', () => {
    const [nfc, nfd] = ['Caf\u00e9', 'Cafe\u0301'].map((id) => RoomId.parse(id));
    const show = ShowId.parse('s');
    expect(nfc && nfd && episodeIdFor(show, nfc)).toBe(nfd && episodeIdFor(show, nfd));
  });

  it('gives links that only a browser should follow', () => {
    const event = parseEvent(
      bent((e) => {
        e.data.participants[0].url = 'javascript:alert(1)';
      }),
    );
    expect(JSON.stringify(event)).not.toContain('javascript');
  });

  it('has its title cut on a grapheme and cleaned of what feeds cannot carry', () => {
    const family = '👨‍👩‍👧‍👦';
    const event = parseEvent(
      bent((e) => {
        e.data.room.title = `a\u0000\u0007\ud800 ${family.repeat(100)}`;
      }),
    ) as Bent;
    const { title } = event.data.room;
    expect(Buffer.byteLength(title)).toBeLessThanOrEqual(512);
    expect(title.startsWith(`a ${family}`)).toBe(true);
    expect(title.replaceAll(family, '')).toBe('a …');
  });
});

describe('What no store could keep or others could not read', () => {
  it.each([
    ['a part over 255 bytes', `rooms/${'ü'.repeat(128)}.ogg`],
    ['over 1024 bytes', Array(9).fill('a'.repeat(120)).join('/')],
    ['a lone surrogate', 'rooms/\ud800.ogg'],
    ['the store’s own folder', '.aftershow/records/x'],
  ])('is refused as a track key: %s', (_name, key) => {
    expect(problems(bent((e) => (e.data.tracks[1].key = key)))).toContain('data.tracks[1].key');
  });

  it('is refused as a number that others would read as infinity', () => {
    const text = JSON.stringify(fixtureEvent()).replace('"data":{', '"data":{"extra":1e999,');
    expect(() => parseEvent(JSON.parse(text))).toThrow(SyntaxError);
  });
});

describe('Other events', () => {
  it('of unknown types are ignored by name', () => {
    expect(parseEvent({ type: 'room.started', data: {} })).toEqual({
      type: 'ignored',
      name: 'room.started',
    });
  });

  it('without a type are refused', () => {
    expect(problems({ data: {} })).toContain('type');
    expect(problems([])).toEqual(['']);
  });
});

describe('The identity of an episode', () => {
  it('follows from show and room alone, for ever', () => {
    // Written down: a change of these would give every published episode a new GUID.
    const show = ShowId.parse('late-table');
    const room = RoomId.parse('rm-late-table-1');
    expect(episodeIdFor(show, room)).toMatchInlineSnapshot(`"ep-1a96a116c88e9988d971b6277d4740ba"`);
    expect(episodeGuidFor(show, room)).toMatchInlineSnapshot(`"cca34866-3a42-8057-8d5f-2bdd4824c952"`);
  });

  it('differs between shows and between rooms', () => {
    const guid = (show: string, room: string) => episodeGuidFor(ShowId.parse(show), RoomId.parse(room));
    expect(new Set([guid('a', 'b'), guid('a', 'c'), guid('b', 'b'), guid('ab', 'b')]).size).toBe(4);
    expect(guid('a', 'b')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
