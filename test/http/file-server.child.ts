/** A server of public files in a process of its own, so that its memory can be told from the test's. Prints its port. */
import { openStore } from '../../src/adapters/open-store.ts';
import { serveFiles } from './file-server.ts';

const [, , storageUrl = ''] = process.argv;
const server = await serveFiles({ bucket: openStore(storageUrl) });
process.stdout.write(`${server.port}\n`);
