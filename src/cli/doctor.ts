/** doctor: what is configured, what can be reached, which ffmpeg, is the store safe. A table; status 1 on a problem. */
import { createLog } from '../adapters/log.ts';
import { openQueue } from '../adapters/queue/open-queue.ts';
import { readSettings, type Settings, unknownSettings } from '../config.ts';
import { ffmpegFindings, machineFindings } from './doctor-machine.ts';
import { storeFindings } from './doctor-stores.ts';
import { type Finding, finding, listed } from './finding.ts';
import { printResult } from './output.ts';

export async function doctor(options: { json?: boolean }): Promise<void> {
  const findings = await examine(readSettings());
  const ok = findings.every(({ state }) => state !== 'problem');
  if (!ok) process.exitCode = 1;
  printResult(options.json === true, { ok, findings }, () => listed(findings));
}

async function examine(settings: Settings): Promise<Finding[]> {
  return [
    ...(await machineFindings(settings)),
    ...unknownSettings().map(misspelt),
    ...(settings.queueUrl === undefined ? [] : [await queueFinding(settings)]),
    ...(await storeFindings(settings)),
    ...(await ffmpegFindings(settings)),
  ];
}

const misspelt = (name: string): Finding => ({
  what: name,
  state: 'note',
  detail: 'is no setting, and changes nothing: is it misspelt?',
});

function queueFinding({ queueUrl, dataDir }: Settings): Promise<Finding> {
  return finding('queue', async () => {
    const queue = await openQueue(queueUrl, dataDir, createLog('silent'));
    try {
      await queue.check();
      return queue.description;
    } finally {
      await queue.close();
    }
  });
}
