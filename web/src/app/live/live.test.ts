/** The stream of events: what is told, what is asked anew because of it, and going on behind the last event. */
import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { aboutRun, on, polled, type Live } from "../../api/live";
import { haveSession } from "../../testing/render";
import { createHub } from "./hub";
import { addEvent, concerns, noNews } from "./news";
import { follow } from "./stream";

const frame = (type: string, id: string | undefined, data: object) => `event: ${type}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

/** A server whose streams are written by the test; each remembers from where it was asked to go on. */
function startStreams() {
  const streams: { after: string | null; write: (text: string) => void; end: () => void; breakOff: () => void }[] = [];
  let status = 200;
  vi.stubGlobal("fetch", (input: Request | string) => {
    if (typeof input === "string") return Promise.resolve(new Response());
    if (status !== 200) return Promise.resolve(new Response(null, { status }));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const encoder = new TextEncoder();
        streams.push({
          after: input.headers.get("last-event-id"),
          write: (text) => controller.enqueue(encoder.encode(text)),
          end: () => controller.close(),
          breakOff: () => controller.error(new TypeError("lost")),
        });
      },
    });
    return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
  });
  return { streams, refuse: (now: number) => { status = now; } };
}

const stops: (() => void)[] = [];
beforeEach(() => haveSession());
afterEach(() => stops.splice(0).forEach((stop) => stop()));

it("news are folded together by topic, and name what they are about", () => {
  const news = noNews();
  addEvent(news, "run.failed", JSON.stringify({ subject: "a", data: { id: "a", number: 7 } }));
  addEvent(news, "run.progressed", JSON.stringify({ data: { id: "b", number: 8 } }));
  const tells = (live: Live) => concerns(news, live);
  expect([tells(on("run")), tells(on("source")), tells(aboutRun("7")), tells(aboutRun("b")), tells(aboutRun("9")), tells(polled)]).toEqual([true, false, true, true, false, false]);
  addEvent(news, "stream.gap", "{}");
  expect(tells(on("source"))).toBe(true);
});

it("a stream that ends or breaks off is gone on with behind the last event that was told", async () => {
  const { streams } = startStreams();
  const stop = new AbortController();
  stops.push(() => stop.abort());
  let place: string | undefined;
  const told: string[] = [];
  const states: boolean[] = [];
  void follow(stop.signal, () => place, {
    connected: (is) => states.push(is),
    news: (news, at) => {
      place = at ?? place;
      told.push(news.everything ? "everything" : [...news.topics].join());
    },
  });
  await vi.waitFor(() => expect(told).toEqual(["everything"]));
  streams[0]?.write(frame("run.submitted", "jobs:1", { data: { id: "a" } }) + frame("run.progressed", undefined, { data: { id: "a" } }));
  await vi.waitFor(() => expect(told).toEqual(["everything", "run"]));
  streams[0]?.write(frame("run.failed", "jobs:2", { data: { id: "a" } }));
  streams[0]?.breakOff();
  await vi.waitFor(() => expect(streams).toHaveLength(2), 5000);
  expect([streams[0]?.after, streams[1]?.after]).toEqual([null, "jobs:2"]);
  // It was told before the stream broke, and nothing was missed: not everything is asked for again.
  expect(told.slice(2)).toEqual(["run"]);
  expect(states).toEqual([true, false, true]);
});

function ask(client: QueryClient, name: string, live: Live): { count: number } {
  const asked = { count: 0 };
  const observer = new QueryObserver(client, { queryKey: [name], queryFn: () => ++asked.count, meta: { live } });
  stops.push(observer.subscribe(() => undefined));
  return asked;
}

it("only what an event concerns is asked anew, however many events there are", async () => {
  const { streams } = startStreams();
  const client = new QueryClient();
  const [runs, sources, one] = [ask(client, "runs", on("run")), ask(client, "sources", on("source")), ask(client, "one", aboutRun("7"))];
  stops.push(createHub(client).start());
  await vi.waitFor(() => expect(streams).toHaveLength(1));
  await vi.waitFor(() => expect(sources.count).toBeGreaterThan(1), 5000);
  const before = [runs.count, sources.count, one.count] as const;
  for (let number = 100; number < 600; number++) streams[0]?.write(frame("run.progressed", undefined, { data: { id: `r${number}`, number } }));
  await vi.waitFor(() => expect(runs.count).toBe(before[0] + 1), 5000);
  streams[0]?.write(frame("run.failed", "jobs:9", { data: { id: "x", number: 7 } }));
  await vi.waitFor(() => expect(one.count).toBe(before[2] + 1), 5000);
  expect(sources.count).toBe(before[1]);
  expect(runs.count).toBeLessThanOrEqual(before[0] + 2);
});

it("without a stream everything is polled", async () => {
  startStreams().refuse(404);
  const client = new QueryClient();
  const sources = ask(client, "sources", on("source"));
  stops.push(createHub(client).start());
  await vi.waitFor(() => expect(sources.count).toBeGreaterThan(2), 8000);
});
