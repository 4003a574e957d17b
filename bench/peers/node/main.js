// One job queue written for Node, measured: `node main.js PEER RUNS TASKS` prints its figures as JSON. What is
// measured, and in which order, stands in ../rust/src/measure.rs; every language does the same.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const PEERS = { 'graphile-worker': './graphile-worker.js', 'pg-boss': './pg-boss.js' };
const PICKUPS = 300;

/** Calls of the handler: when, and how long after the task was enqueued, in milliseconds. */
let handled = [];
const now = () => performance.timeOrigin + performance.now();
const handle = (sent) => handled.push([now(), now() - sent]);

const [, , peer, runs, tasks] = process.argv;
const { queue } = await import(PEERS[peer]);
const { one, many, work } = await queue(await freshDatabase(), handle);
const figures = await measure(Number(runs), Math.floor(Number(tasks) / 1000));
console.log(JSON.stringify(figures));
process.exit(0);

/** The address of a new database on the server that the measurement was given. */
async function freshDatabase() {
  const address = new URL(process.env.METIER_TEST_POSTGRES_URL);
  const server = new pg.Client({ connectionString: address.href });
  await server.connect();
  const name = `metier_bench_${peer.replace('-', '_')}_node`;
  await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await server.query(`CREATE DATABASE ${name}`);
  await server.end();
  address.pathname = name;
  return address.href;
}

async function measure(runs, thousands) {
  let start = now();
  for (let run = 0; run < runs; run += 1) await one(now());
  const single = perSecond(runs, start);
  start = now();
  for (let call = 0; call < thousands; call += 1) await many(Array.from({ length: 1000 }, now));
  const bulk = perSecond(thousands * 1000, start);
  await work();
  const drain = await drained(runs + thousands * 1000);
  const [half, most] = await pickup();
  const memory = process.memoryUsage().rss / 1024 / 1024;
  return { one: single, bulk, drain, pickup_p50: half, pickup_p99: most, memory };
}

async function drained(expected) {
  await handledByNow(expected);
  const moments = handled.map(([when]) => when);
  const first = moments.reduce((least, when) => Math.min(least, when), Infinity);
  return perSecond(moments.length, first, moments.reduce((most, when) => Math.max(most, when), 0));
}

async function pickup() {
  handled = [];
  const start = now();
  for (let sent = 0; sent < PICKUPS; sent += 1) {
    await sleep(Math.max(0, start + sent * 10 - now()));
    await one(now());
  }
  await handledByNow(PICKUPS);
  const waits = handled.map(([, wait]) => wait).sort((left, right) => left - right);
  return [waits[Math.floor(waits.length / 2)], waits[Math.floor(waits.length * 0.99)]];
}

async function handledByNow(expected) {
  const patience = now() + 120_000;
  while (handled.length < expected) {
    if (now() > patience) throw new Error(`two minutes were not enough for ${expected} tasks`);
    await sleep(5);
  }
}

function perSecond(count, start, end = now()) {
  return (count * 1000) / (end - start);
}
