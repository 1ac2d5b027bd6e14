/**
 * Renders a room on a disk that is too small for its work files: node full-disk.child.ts <ffmpeg>, with TMPDIR on that
 * disk. Says on stdout, as JSON, how it failed and what it left.
 */

import { instant, manifestOf, openStudio } from './render-room.ts';
import { babble, writeSound } from './sounds.ts';

const studio = openStudio(process.argv[2] ?? '');
const SECONDS = 40;
writeSound(studio.track('talk.ogg'), babble(SECONDS, 0.3, 3), ['-b:a', '16k']);
const track = { participantId: 'p', key: 'talk.ogg', startedAt: instant(0), durationSeconds: SECONDS };
const failure = await studio.render(manifestOf({ seconds: SECONDS, tracks: [track] })).then(
  () => undefined,
  (error: unknown) => error,
);
const told = failure instanceof Error ? { name: failure.name, code: 'code' in failure && failure.code } : {};
console.log(JSON.stringify({ ...told, leftovers: studio.leftovers(), processes: studio.processes() }));
await studio.close();
