/** A program elsewhere that webhooks tell things: remembers what came and answers what it is told to. Only for tests. */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import http from "node:http";

export async function openReceiver() {
  const heard = [];
  let status = 204;
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => { body += piece; });
    request.on("end", () => {
      heard.push({ headers: request.headers, body });
      response.writeHead(status, { "content-type": "text/plain" }).end(status === 204 ? undefined : "<b>no room today</b>");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    heard,
    answer: (next) => { status = next; },
    close: () => { server.closeAllConnections(); server.close(); },
  };
}

/** Whether what came was signed with the secret, as receivers find out. */
export function isSigned({ headers, body }, secret) {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const expected = `v1,${createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`).digest("base64")}`;
  return headers["webhook-signature"].split(" ").includes(expected);
}
