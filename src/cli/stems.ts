/** stems: every speaker's sound of one episode by itself, aligned, as FLAC files in a zip. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createSoundEngine } from '../adapters/sound/sound-engine.ts';
import { createWorkFolders } from '../adapters/work-folders.ts';
import { zipBytes } from '../adapters/zip.ts';
import { readSettingsWithoutSecrets } from '../config.ts';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { readManifest } from '../pipeline/manifests.ts';
import { openStemArchive, type StemArchive } from '../pipeline/stem-archive.ts';
import { ensureDataFolder } from './data-folder.ts';
import { openProvenStores } from './engine.ts';
import { printResult, progressLine } from './output.ts';
import { stopSignal } from './run.ts';
import { UsageError } from './usage-error.ts';

interface StemsOptions {
  readonly out?: string;
  readonly json?: boolean;
}

export async function stems(show: string, episode: string, options: StemsOptions): Promise<void> {
  const { showId, episodeId } = idsFrom(show, episode);
  const out = options.out ?? `${showId}-${episodeId}-stems.zip`;
  const signal = stopSignal('stopped before the stems were finished');
  const settings = readSettingsWithoutSecrets();
  await ensureDataFolder(settings.dataDir);
  const stores = await openProvenStores(settings);
  const audio = createSoundEngine(settings.ffmpegPath === undefined ? {} : { path: settings.ffmpegPath });
  const line = progressLine();
  try {
    const manifest = (await readManifest(stores.bucket, showId, episodeId))?.value;
    if (!manifest || manifest.status === 'erased') throw new Error(`the show ${showId} has no episode ${episodeId}`);
    const workFolders = createWorkFolders(join(settings.dataDir, 'work'));
    const dependencies = { ...stores, audio, workFolders };
    const progress = async ({ stage, percent }: { stage: string; percent: number }) => line.show(stage, percent);
    const archive = await openStemArchive(manifest, dependencies, { signal, progress });
    const files = await write(archive, out, signal).finally(() => archive.close());
    line.end();
    const result = { file: out, lengthBytes: (await stat(out)).size, files };
    printResult(options.json === true, result, () => `${out}\n${files.map((name) => `  ${name}`).join('\n')}`);
  } finally {
    line.end();
    await audio.close();
    await stores.close();
  }
}

/** Under its own name only once it is whole. The names of what is in it. */
async function write(archive: StemArchive, out: string, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  const noted = async function* () {
    for await (const entry of archive.entries()) {
      names.push(entry.name);
      yield entry;
    }
  };
  const part = `${out}.part`;
  try {
    await pipeline(zipBytes(noted()), createWriteStream(part), { signal });
    await rename(part, out);
  } catch (error) {
    await rm(part, { force: true });
    signal.throwIfAborted();
    throw error;
  }
  return names;
}

function idsFrom(show: string, episode: string) {
  const showId = ShowId.safeParse(show);
  const episodeId = EpisodeId.safeParse(episode);
  if (!showId.success) throw new UsageError(`"${show}" is no show id: they have 1 to 64 of a-z, 0-9 and -`);
  if (!episodeId.success) {
    throw new UsageError(
      `"${episode}" is no episode id: they are ep- and 32 hex digits, as "publish" and the API tell`,
    );
  }
  return { showId: showId.data, episodeId: episodeId.data };
}
