/** A door before the server that can be shut: how a browser loses a server, without ending it. Only for tests. */
import http from "node:http";

function pass(request, response, target) {
  const { hostname, port } = new URL(target);
  const onward = http.request({ hostname, port, path: request.url, method: request.method, headers: { ...request.headers } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.writeHead(502).end());
  request.pipe(onward);
}

/** Listens on a free port. `lose()` takes the server away and `find()` gives it back. */
export async function openDoor(target) {
  let lost = false;
  const server = http.createServer((request, response) => {
    if (lost) return void request.socket.destroy();
    pass(request, response, target);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    lose: () => { lost = true; },
    find: () => { lost = false; },
    close: () => { server.closeAllConnections(); server.close(); },
  };
}
