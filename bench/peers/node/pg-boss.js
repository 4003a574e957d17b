// pg-boss: two workers that fetch up to 1,000 jobs and look twice a second. It keeps finished jobs.
import { PgBoss } from 'pg-boss';

const WORKERS = 2;

/** The queue, with its tables. */
export async function queue(connectionString, handle) {
  const boss = new PgBoss({ connectionString, max: 12 });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue('noop');
  return {
    one: (sent) => boss.send('noop', { sent }),
    many: (sent) => boss.insert('noop', sent.map((moment) => ({ data: { sent: moment } }))),
    work: async () => {
      for (let worker = 0; worker < WORKERS; worker += 1) {
        await boss.work('noop', { batchSize: 1000, pollingIntervalSeconds: 0.5 }, async (jobs) => {
          for (const job of jobs) handle(job.data.sent);
        });
      }
    },
  };
}
