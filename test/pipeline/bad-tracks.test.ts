/** Bad recordings with the ffmpeg that most machines have; bad-tracks-bundled.test.ts runs them with the other. */
import bundled from '@ffmpeg-installer/ffmpeg';
import { describe } from 'vitest';
import { FFMPEGS } from '../support/sounds.ts';
import { testBadTracks } from './bad-tracks.contract.ts';

const installed = FFMPEGS.filter(({ path }) => path !== bundled.path);
describe.each(installed)('with $name', ({ path }) => testBadTracks(path));
