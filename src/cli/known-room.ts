/** What publish says about a room that it meets again. */

export function knownAlready(hasFailed: boolean): string {
  return hasFailed ? 'This room is known already, and failed: trying it again.' : 'This room is known already.';
}

export class RoomIdTaken extends Error {
  override readonly name = 'RoomIdTaken';
  constructor(roomId: string) {
    super(
      `the room ${roomId} is known with other data: a room id names one session for ever, so give this one another`,
    );
  }
}
