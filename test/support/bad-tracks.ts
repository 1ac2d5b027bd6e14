/** Recordings as no platform should send them, each with what must come of it. Made by rule; the same in every run. */
import type { BadTrack } from './bad-track.ts';
import { lyingClocks } from './bad-tracks-clocks.ts';
import { cutFiles } from './bad-tracks-cut.ts';
import { foreignContent } from './bad-tracks-foreign.ts';
import { oddSounds } from './bad-tracks-sounds.ts';

export const BAD_TRACKS: readonly BadTrack[] = [...cutFiles, ...foreignContent, ...lyingClocks, ...oddSounds];
