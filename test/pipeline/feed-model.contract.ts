/**
 * Eight processes publish, correct, withdraw and erase the episodes of one show at random; some are killed, some stand
 * still for a while; somebody reads the feed all the time. AFTERSHOW_MODEL_STEPS makes it longer, AFTERSHOW_MODEL_SEED
 * another.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/open-store.ts';
import { ShowId, sha256 } from '../../src/domain/ids.ts';
import type { Show } from '../../src/domain/show.ts';
import { feedEntry } from '../../src/feed/feed-entry.ts';
import { feedGeneration } from '../../src/feed/feed-mark.ts';
import { parseFeed } from '../../src/feed/feed-reading.ts';
import { renderFeedFiles } from '../../src/feed/rss.ts';
import { publicFiles } from '../../src/http/files.ts';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { publishEpisode } from '../../src/pipeline/episodes.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import { readManifests } from '../../src/pipeline/manifests.ts';
import { listAll } from '../../src/pipeline/records.ts';
import { removeUnwantedFiles } from '../../src/pipeline/retire.ts';
import { readShow } from '../../src/pipeline/shows.ts';
import { episodeFilesPrefix, manifestKey, masterKey, showCoverKey, showKey } from '../../src/storage/object-keys.ts';
import { sampleShow } from '../feed/sample-show.ts';
import { cleanEnvironment } from '../support/aftershow.ts';
import {
  finishedDraft,
  type ModelDependencies,
  modelDependencies,
  publishWhatIsAsked,
  renderKeyOf,
  seeded,
} from '../support/feed-model.ts';
import { linksOf } from '../support/feed-walk.ts';
import { writeSampleMp3 } from '../support/sample-mp3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const WRITERS = 8;
const EPISODES = 20;
/** Public from the beginning on: with a limit there is an archive then. */
const FIRST_PUBLISHED = 12;
const STEPS = Number(process.env['AFTERSHOW_MODEL_STEPS'] ?? '60');
const SEED = process.env['AFTERSHOW_MODEL_SEED'] ?? '1';
/** One process in so many steps is killed, and another stands still. */
const STEPS_TO_A_FAULT = 12;
const MASTER_SECONDS = 1;

interface Place {
  readonly storageUrl: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Reading {
  readonly feed: string;
  /** The feed and the archive pages behind it, newest first. */
  readonly files: readonly string[];
}

class Writers {
  readonly #spawn: (seed: string) => ChildProcess;
  readonly #children = new Set<ChildProcess>();
  readonly lines: string[] = [];
  readonly surprises: string[] = [];
  #started = 0;

  constructor(spawnOne: (seed: string) => ChildProcess) {
    this.#spawn = spawnOne;
  }

  start(): void {
    const child = this.#spawn(`${SEED} ${++this.#started}`);
    this.#children.add(child);
    let words = '';
    child.stdout?.on('data', (chunk: Buffer) => this.lines.push(...chunk.toString().split('\n').filter(Boolean)));
    child.stderr?.on('data', (chunk: Buffer) => {
      words += chunk.toString();
    });
    child.on('exit', (status) => {
      this.#children.delete(child);
      if (status !== 0 && status !== null) this.surprises.push(words);
    });
  }

  get steps(): number {
    return this.lines.filter((line) => /^(published|edited|unpublished|erased|refused) /.test(line)).length;
  }

  any(random: number): ChildProcess | undefined {
    return [...this.#children][Math.floor(random * this.#children.size)];
  }

  async end(): Promise<void> {
    for (const child of this.#children) {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
    }
    while (this.#children.size > 0) await pause(20);
  }
}

export function describeModel(name: string, settings: Partial<Show>, open: () => Promise<Place>): void {
  describe(`many writers of one show on ${name}`, () => {
    const folder = makeTempFolder('feed-model');
    const showId = ShowId.parse('model');
    let place: Place;
    let server: RunningServer;
    let dependencies: ModelDependencies;

    beforeAll(async () => {
      place = await open();
      Object.assign(process.env, place.env);
      const bucket = openStore(place.storageUrl);
      server = await listen(new Hono().route('/', publicFiles({ bucket })), '127.0.0.1', 0);
      dependencies = modelDependencies(place.storageUrl, server.url, join(folder, 'work-parent'));
      const square = { width: 64, height: 64, channels: 3 as const, background: 'teal' };
      const jpeg = await sharp({ create: square }).jpeg().toBuffer();
      const coverKey = showCoverKey(showId, sha256(jpeg));
      await bucket.put(coverKey, jpeg, { contentType: 'image/jpeg' });
      const cover = { key: coverKey, generated: false };
      const show = sampleShow({ id: showId, publicUrl: server.url, cover, ...settings });
      await bucket.put(showKey(showId), JSON.stringify(show), { contentType: 'application/json' });
      const mp3 = join(folder, 'master.mp3');
      writeSampleMp3(mp3, MASTER_SECONDS);
      for (let number = 1; number <= EPISODES; number++) {
        const draft = finishedDraft(showId, number, MASTER_SECONDS);
        await bucket.put(masterKey(renderKeyOf(number)), { file: mp3 }, { contentType: 'audio/mpeg' });
        await bucket.put(manifestKey(showId, draft.id), JSON.stringify(draft), { contentType: 'application/json' });
        if (number > FIRST_PUBLISHED) continue;
        await publishEpisode(showId, draft.id, dependencies);
        await publishWhatIsAsked(showId, draft.id, dependencies);
      }
      await deriveFeed(showId, dependencies);
    }, 180_000);

    afterAll(async () => {
      await server?.close(0);
      await dependencies?.bucket.close();
      removeFolder(folder);
    });

    const startWriter = (seed: string) => {
      const work = join(folder, `work-${seed.replace(' ', '-')}`);
      mkdirSync(work);
      const child = fileURLToPath(new URL('feed-writer.child.ts', import.meta.url));
      const words = [child, place.storageUrl, server.url, work, showId, String(EPISODES), seed];
      return spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ...words], {
        env: cleanEnvironment(place.env),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    };

    const readFile = async (url: string) => {
      const answer = await fetch(url);
      if (answer.status === 404) return undefined;
      expect(answer.status).toBe(200);
      return answer.text();
    };
    const readFeed = () => readFile(`${server.url}/shows/${showId}/feed.xml`);

    /** Undefined while there is no feed. */
    const read = async (): Promise<Reading | undefined> => {
      const feed = await readFeed();
      if (feed === undefined) return undefined;
      const files = [feed];
      for (
        let url = linksOf(feed)['prev-archive'];
        url !== undefined;
        url = linksOf(files.at(-1) ?? '')['prev-archive']
      ) {
        const page = await readFile(url);
        if (page === undefined) throw new Error(`there is nothing at ${url}`);
        files.push(page);
      }
      return { feed, files };
    };

    const episodesIn = (xml: string) => {
      const parsed = parseFeed(xml);
      if (!parsed.ok) throw new Error(parsed.message);
      return parsed.feed.episodes;
    };

    /** Nothing where the enclosure answers as stated; else what it answered. */
    const enclosureProblem = async ({ enclosure }: ReturnType<typeof episodesIn>[number]) => {
      if (!enclosure) return 'there is no enclosure';
      const head = await fetch(enclosure.url, { method: 'HEAD' });
      const length = Number(head.headers.get('content-length'));
      if (head.status === 200 && length === enclosure.lengthBytes) return undefined;
      return `${enclosure.url} answers ${head.status} with ${length} bytes, not ${enclosure.lengthBytes}`;
    };

    /** An app that polls: what it has seen must never become untrue behind its back. */
    const poll = async (writers: Writers, problems: string[], seen: { generation: number; reads: number }) => {
      const gone = writers.lines.flatMap((line) => (line.startsWith('erased ') ? [line.slice('erased '.length)] : []));
      const reading = await read();
      if (!reading) return;
      const { feed, files } = reading;
      const generation = feedGeneration(feed) ?? -1;
      if (generation < seen.generation) problems.push(`the feed went back from ${seen.generation} to ${generation}`);
      seen.generation = generation;
      seen.reads++;
      const xml = files.join('');
      for (const id of gone) if (xml.includes(`/episodes/${id}/`)) problems.push(`${id} was erased and is in the feed`);
      const episodes = files.flatMap(episodesIn);
      if (new Set(episodes.map(({ guid }) => guid)).size < episodes.length) problems.push('an episode is there twice');
      for (const episode of episodes) {
        const problem = await enclosureProblem(episode);
        // Withdrawn since the feed was read: then there is another feed by now.
        if (problem !== undefined && (await readFeed()) === feed) problems.push(problem);
      }
    };

    it('ends in the feed that its manifests say, and was never wrong on the way', async () => {
      const random = seeded(`faults ${SEED}`);
      const writers = new Writers(startWriter);
      for (let count = 0; count < WRITERS; count++) writers.start();
      const problems: string[] = [];
      const seen = { generation: 0, reads: 0 };
      let killed = 0;
      let stopped = 0;
      while (writers.steps < STEPS && writers.surprises.length === 0) {
        await poll(writers, problems, seen);
        if (writers.steps >= (killed + 1) * STEPS_TO_A_FAULT) {
          writers.any(random())?.kill('SIGKILL');
          killed++;
          writers.start();
          const still = writers.any(random());
          still?.kill('SIGSTOP');
          stopped++;
          setTimeout(() => still?.kill('SIGCONT'), 200 + random() * 2000);
        }
        await pause(20);
      }
      await writers.end();
      expect(writers.surprises).toEqual([]);

      // What killed ones left is found by sweep: here the jobs themselves are done again, then the feed.
      const manifests = await readManifests(dependencies.bucket, showId);
      for (const { id } of manifests) await publishWhatIsAsked(showId, id, dependencies);
      await deriveFeed(showId, dependencies);
      for (const manifest of await readManifests(dependencies.bucket, showId)) {
        await removeUnwantedFiles(manifest, dependencies);
      }
      await poll(writers, problems, seen);
      expect(problems).toEqual([]);

      const reading = await read();
      const final = await readManifests(dependencies.bucket, showId);
      const show = await readShow(dependencies.bucket, showId);
      if (!show || !reading) throw new Error('the show is gone');
      const { feed, pages } = renderFeedFiles(show, final.map(feedEntry));
      expect(reading.files).toEqual([feed, ...pages.map(({ bytes }) => bytes).reverse()].map(String));
      expect(await deriveFeed(showId, dependencies, { fromScratch: true })).toBe('unchanged');
      expect(pages.length > 0).toBe(show.feedItems !== undefined);
      expect(final).toHaveLength(EPISODES);
      const published = final.filter(({ status }) => status === 'published');
      const guids = (episodes: readonly { readonly guid: string }[]) => episodes.map(({ guid }) => guid).sort();
      expect(guids(reading.files.flatMap(episodesIn))).toEqual(guids(published));
      for (const { id, status } of final) {
        const files: string[] = [];
        for await (const { key } of listAll(dependencies.bucket, episodeFilesPrefix(showId, id))) files.push(key);
        if (status !== 'published') expect(files).toEqual([]);
      }
      expect(killed).toBeGreaterThan(2);
      expect(stopped).toBe(killed);
      expect(seen.reads).toBeGreaterThan(10);
    }, 3_600_000);
  });
}
