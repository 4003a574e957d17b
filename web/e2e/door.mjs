/**
 * A door as the gateway will be one: the built console with its policy and cache rules, the API passed on. Only for
 * tests; `SERVING.md` says what the real one does.
 */
import { readFile } from "node:fs/promises";
import http from "node:http";

const DIST = new URL("../dist/", import.meta.url);
/** The hash is that of the empty text: the kit begins an empty style sheet and fills it through the object model. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; " +
  "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { js: "text/javascript", css: "text/css", svg: "image/svg+xml", html: "text/html; charset=utf-8" };

const isApi = (path) => path.startsWith("/api/") || path.startsWith("/health") || path.startsWith("/.well-known/");

async function serveFile(path, response) {
  const name = path.slice(1);
  const isFile = /^(assets\/[\w.-]+|theme\.js|icon\.svg)$/.test(name);
  const file = isFile ? name : "index.html";
  try {
    const body = await readFile(new URL(file, DIST));
    response.writeHead(200, {
      "content-type": TYPES[file.split(".").at(-1)],
      "content-security-policy": POLICY,
      "x-content-type-options": "nosniff",
      "cache-control": file.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

function pass(request, response, target) {
  const { hostname, port } = new URL(target);
  const onward = http.request({ hostname, port, path: request.url, method: request.method, headers: { ...request.headers } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.writeHead(502).end());
  request.pipe(onward);
}

/** Listens on a free port, or `port`. `lose()` and `find()` take the API away and give it back. */
export async function openDoor(target, port = 0) {
  let lost = false;
  const server = http.createServer((request, response) => {
    const path = new URL(request.url, "http://door").pathname;
    if (!isApi(path)) return void serveFile(path, response);
    if (lost) return void request.socket.destroy();
    pass(request, response, target);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    lose: () => { lost = true; },
    find: () => { lost = false; },
    close: () => { server.closeAllConnections(); server.close(); },
  };
}
