/** Zip archives written while they are read: nothing of them is ever held whole. */
import { createReadStream } from 'node:fs';
import { makeZip } from 'client-zip';

export interface ZipEntry {
  readonly name: string;
  /** ISO 8601. */
  readonly modifiedAt: string;
  readonly body: string | { readonly file: string };
}

/** Entries are stored as they are: sound is compressed already. The next one is asked for when the one before is through. */
export async function* zipBytes(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const reader = makeZip(inputs()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }

  async function* inputs() {
    for await (const { name, modifiedAt, body } of entries) {
      const input = typeof body === 'string' ? body : createReadStream(body.file);
      yield { name, lastModified: new Date(modifiedAt), input };
    }
  }
}
