/** A source with as many postings as one likes, by contract 2: what a list of ten thousand is made of. Only for tests. */
import http from "node:http";

const TRADES = ["Elektriker", "Svetsare", "Lärare", "Nurse", "Welder", "Kock", "Programmer", "Snickare", "Driver", "Biolog"];
const TOWNS = ["Umeå", "Malmö", "Göteborg", "Kiruna", "Växjö", "Visby", "Lund"];
const PAGE = 500;

const posting = (number) => ({
  type: "posting",
  posting: {
    original_id: String(number),
    title: `${TRADES[number % TRADES.length]} ${number}`,
    company: `Company ${number % 997}`,
    url: `https://board.example/${number}`,
    location: { country: "SE", municipality: TOWNS[number % TOWNS.length] },
    description: `Ad number ${number}: work that nobody else does, in department ${number % 311}, room ${number}.`,
  },
});

function* lines(count) {
  for (let number = 0; number < count; number++) {
    yield posting(number);
    if (number % PAGE === PAGE - 1) yield { type: "checkpoint", checkpoint: { at: number } };
  }
  yield { type: "end", complete: true, more: false, fetched: count };
}

export async function openBoard(count) {
  const server = http.createServer((request, response) => {
    request.resume();
    if (request.url === "/health") {
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ status: "healthy", plugin: "Large board", plugin_id: "large", contract: 2 }));
    }
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    for (const line of lines(count)) response.write(`${JSON.stringify(line)}\n`);
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => { server.closeAllConnections(); server.close(); } };
}
