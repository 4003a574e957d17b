/** A door before the server that can be shut: how a browser loses a server, without ending it. Only for tests. */
import http from "node:http";

const EVENTS = "/api/v1/events";
/** A frame of a stream of events ends so; only there another one may begin. */
const FRAME_END = "\n\n";

function pass(request, response, target, streams) {
  const { hostname, port } = new URL(target);
  const onward = http.request({ hostname, port, path: request.url, method: request.method, headers: { ...request.headers } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on("error", () => response.destroy());
    if (request.url?.startsWith(EVENTS)) tellApart(answer, response, streams);
    answer.pipe(response);
  });
  // A stream that began cannot be refused any more: it breaks off, as it would without a door.
  onward.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

function tellApart(answer, response, streams) {
  const stream = { isBetween: true, write: (text) => response.write(text) };
  answer.on("data", (chunk) => { stream.isBetween = chunk.toString().endsWith(FRAME_END); });
  streams.add(stream);
  response.on("close", () => streams.delete(stream));
}

/** Puts so many events a second about runs into every stream, beside those that are true. */
function flood(streams, rate, dataOf) {
  const began = Date.now();
  let told = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((Date.now() - began) / 1000) * rate);
    let text = "";
    for (; told < due; told++) text += `event: run.progressed\ndata: ${JSON.stringify({ type: "run.progressed", data: dataOf(told) })}${FRAME_END}`;
    if (text !== "") streams.forEach((stream) => stream.isBetween && stream.write(text));
  }, 20);
  return { stop: () => { clearInterval(timer); return told; } };
}

/** Listens on a free port. `lose()` takes the server away and `find()` gives it back. */
export async function openDoor(target) {
  let lost = false;
  const streams = new Set();
  const server = http.createServer((request, response) => {
    if (lost) return void request.socket.destroy();
    pass(request, response, target, streams);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    lose: () => { lost = true; server.closeAllConnections(); },
    find: () => { lost = false; },
    /** How many streams of events stand. */
    standing: () => streams.size,
    flood: (rate, dataOf) => flood(streams, rate, dataOf),
    close: () => { server.closeAllConnections(); server.close(); },
  };
}
