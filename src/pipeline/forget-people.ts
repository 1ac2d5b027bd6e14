/** Takes those who left out of what the platform told of a room. Can be done again. */
import type { Manifest } from '../domain/episode.ts';
import { STILL_NAMED } from '../domain/leaving.ts';
import { isLeftOut, withoutSilent } from '../domain/left-out.ts';
import type { AcceptedRoom } from '../domain/room.ts';
import { intakePrefix } from '../storage/object-keys.ts';
import { IntakeRecord } from '../webhook/events.ts';
import type { ObjectStore } from './ports.ts';
import { changeRecord, listAll } from './records.ts';

/** A record keeps the digest of what was sent, so the same event is still known when it comes again. */
export async function forgetPeople(manifest: Manifest, bucket: ObjectStore): Promise<void> {
  for await (const { key } of listAll(bucket, intakePrefix(manifest.roomHash))) {
    await changeRecord(bucket, key, IntakeRecord, (known) => {
      const next = withoutPeople(known, manifest);
      return JSON.stringify(next) === JSON.stringify(known) ? undefined : next;
    });
  }
}

function withoutPeople(record: IntakeRecord, manifest: Manifest): IntakeRecord {
  switch (record.type) {
    case 'room.ended':
      return { ...record, data: roomWithoutPeople(record.data, manifest) };
    case 'room.tracks-added': {
      const tracks = record.data.tracks.filter(({ participantId }) => !isLeftOut(manifest, participantId));
      return { ...record, data: { ...record.data, tracks } };
    }
    default:
      return record;
  }
}

/** Words that named somebody stay only where they are the creator's: in the manifest. */
function roomWithoutPeople(data: AcceptedRoom, manifest: Manifest): AcceptedRoom {
  const kept = withoutSilent(data, manifest.roomHash, manifest.leftOut);
  const isNamed = (code: string) => manifest.warnings.some((warning) => warning.code === code);
  const { description: _, ...room } = kept.room;
  const stillSet = new Set(manifest.markers.map(({ at, title }) => `${at} ${title}`));
  return {
    ...kept,
    room: {
      ...room,
      title: isNamed(STILL_NAMED.title) ? room.showId : manifest.title,
      ...(isNamed(STILL_NAMED.description) || manifest.description === '' ? {} : { description: manifest.description }),
    },
    markers: kept.markers.filter(({ at, title }) => stillSet.has(`${at} ${title}`)),
  };
}
