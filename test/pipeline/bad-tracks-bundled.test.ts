/** Bad recordings with the ffmpeg of 2018 that comes along; a file of its own, so that both run side by side. */
import bundled from '@ffmpeg-installer/ffmpeg';
import { testBadTracks } from './bad-tracks.contract.ts';

testBadTracks(bundled.path);
