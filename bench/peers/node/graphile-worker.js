// graphile-worker with its local queue of 500 and batched completion. It deletes the row of a finished job.
import { Logger, makeWorkerUtils, run } from 'graphile-worker';

/** The queue, with its tables. */
export async function queue(connectionString, handle) {
  const logger = new Logger(() => () => {});
  const utilities = await makeWorkerUtils({ connectionString, logger });
  await utilities.migrate();
  return {
    one: (sent) => utilities.addJob('noop', { sent }),
    many: (sent) => utilities.addJobs(sent.map((moment) => ({ identifier: 'noop', payload: { sent: moment } }))),
    work: () =>
      run({
        logger,
        crontab: '',
        taskList: { noop: async ({ sent }) => void handle(sent) },
        preset: {
          worker: {
            connectionString,
            concurrentJobs: 24,
            maxPoolSize: 20,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      }),
  };
}
