/** A process that locks a data folder, says how that went, and holds on until it is killed or its input ends. */
import { lockDataFolder } from '../../src/adapters/data-folder-lock.ts';
import { messageOf } from '../../src/domain/failure.ts';

const [folder = '', url] = process.argv.slice(2);
console.log('ready');
// All contenders of a test start at the same moment: when they are told to.
await new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
try {
  const lock = await lockDataFolder(folder, { command: 'aftershow start' });
  if (url !== undefined) await lock.update({ url });
  console.log('locked');
  setInterval(() => undefined, 1000);
  process.stdin.once('end', () => void lock.release().then(() => process.exit(0)));
} catch (error) {
  console.log(`refused: ${messageOf(error)}`);
  process.exit(1);
}
