/** verify --passport and stems as an operator calls them, on the fixture room. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureEvent, fixtureFolder } from '../../fixtures/room.ts';
import { runAftershow } from '../support/aftershow.ts';
import { readZip } from '../support/stored-zip.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('passport-cli');
afterAll(() => removeFolder(folder));
const settings = { AFTERSHOW_DATA_DIR: join(folder, 'data') };
let episodeId: string;
let passport: string;

beforeAll(async () => {
  const event = join(folder, 'event.json');
  writeFileSync(event, JSON.stringify(fixtureEvent()));
  const { stdout } = await runAftershow(['publish', event, '--tracks', fixtureFolder, '--json'], settings);
  const summary = JSON.parse(stdout);
  episodeId = summary.episodeId;
  passport = join(settings.AFTERSHOW_DATA_DIR, 'objects', summary.audioKey.replace(/\.mp3$/, '.passport.json'));
}, 120_000);

describe('verify --passport', () => {
  it('shows what is said beside what is found, and ends with status 0 where all holds', async () => {
    const { status, stdout } = await runAftershow(['verify', '--passport', passport], {});
    expect(stdout).toMatch(/said +found/);
    expect(stdout).toMatch(/integrated loudness +-1\d\.\d\d LUFS +-1\d\.\d\d LUFS +ok/);
    expect(stdout).toMatch(/passport, seal in the audio +[0-9a-f]{16}… +[0-9a-f]{16}… +ok/);
    expect(stdout).toContain('All of it holds.');
    expect(status).toBe(0);
  }, 30_000);

  it('ends with status 1 where something differs, and marks it; also as JSON', async () => {
    const away = mkdtempSync(join(folder, 'lie-'));
    const json = JSON.parse(readFileSync(passport, 'utf8'));
    json.loudness.integratedLufs -= 1;
    writeFileSync(join(away, basename(passport)), JSON.stringify(json));
    writeFileSync(join(away, json.published.file), readFileSync(join(dirname(passport), json.published.file)));
    const place = join(away, basename(passport));
    const told = await runAftershow(['verify', '--passport', place], {});
    expect(told.status).toBe(1);
    expect(told.stdout).toMatch(/integrated loudness .* DIFFERS/);
    expect(told.stdout).toContain('2 of');
    const asJson = await runAftershow(['verify', '--passport', place, '--json'], {});
    expect(asJson.status).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ ok: false, passports: [{ ok: false, guid: json.guid }] });
  }, 30_000);

  it('ends with status 1 and a reason where there is nothing to verify', async () => {
    const { status, stdout } = await runAftershow(['verify', '--passport', join(folder, 'none.json')], {});
    expect(status).toBe(1);
    expect(stdout).toMatch(/cannot be verified: .*no such file/);
  });
});

describe('stems', () => {
  it('writes a zip with a FLAC for each who is heard, and says what is in it', async () => {
    const out = join(folder, 'stems.zip');
    const { status, stdout } = await runAftershow(['stems', 'late-table', episodeId, '--out', out, '--json'], settings);
    expect(status).toBe(0);
    const zip = readZip(readFileSync(out));
    expect(JSON.parse(stdout)).toEqual({ file: out, lengthBytes: readFileSync(out).length, files: [...zip.keys()] });
    const { participants } = (fixtureEvent() as { data: { participants: { name: string; consent?: boolean }[] } }).data;
    for (const { name, consent } of participants) expect(zip.has(`${name}.flac`)).toBe(consent !== false);
    expect(zip.has('turns.json')).toBe(true);
    expect(readdirSync(join(settings.AFTERSHOW_DATA_DIR, 'work'))).toEqual([]);
  }, 60_000);

  it.each([
    ['Late Table', `ep-${'0'.repeat(32)}`, 2, /no show id/],
    ['late-table', 'album-night', 2, /no episode id/],
    ['late-table', `ep-${'0'.repeat(32)}`, 1, /has no episode/],
  ])('of %s %s ends with a reason, and leaves no file', async (show, episode, expected, reason) => {
    const out = join(folder, 'none.zip');
    const { status, stdout, stderr } = await runAftershow(['stems', show, episode, '--out', out], settings);
    expect([status, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(reason);
    expect([existsSync(out), existsSync(`${out}.part`)]).toEqual([false, false]);
  });
});
