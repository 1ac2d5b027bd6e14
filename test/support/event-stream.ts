/** Follows /api/events as a browser's EventSource does. */
import { api } from './room.ts';

interface ToldEvent {
  readonly showId: string;
  readonly episodeId: string;
  readonly status: string;
  readonly stage?: string;
  readonly progress?: number;
  readonly revision: number;
}

interface Listening {
  readonly events: readonly ToldEvent[];
  /** Resolves with the first event that fits, also one that was told already; throws when none comes. */
  until(fits: (event: ToldEvent) => boolean): Promise<ToldEvent>;
  stop(): void;
}

const PATIENCE_MS = 20_000;

/** Resolves once events flow. */
export async function listenToEvents(url: string): Promise<Listening> {
  const stopping = new AbortController();
  const response = await api(url, '/events', { signal: stopping.signal });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    throw new Error(`no event stream: ${response.status}`);
  }
  const events: ToldEvent[] = [];
  let wake = () => {};
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader?.read())?.value ?? '';
  const follow = async () => {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      text += part.value;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined && /^event: episode$/m.test(block)) events.push(JSON.parse(data));
      }
      wake();
    }
  };
  follow().catch(() => undefined);
  return {
    events,
    until: async (fits) => {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const found = events.find(fits);
        if (found) return found;
        const left = deadline - performance.now();
        if (left <= 0) throw new Error(`no such event; told were ${JSON.stringify(events)}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(left, 500));
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    stop: () => stopping.abort(),
  };
}
