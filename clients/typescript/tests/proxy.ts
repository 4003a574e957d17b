/** A network that can be cut: it stands between a client and the server, and remembers what was asked. */
import { createConnection, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** Passes bytes on, to and fro. */
export class Proxy {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #isCut = false;
  #answersToLose = 0;
  #asked = "";

  private constructor(server: Server) {
    this.#server = server;
  }

  static start(server: string): Promise<Proxy> {
    const { hostname, port } = new URL(server);
    const listener = createServer((here) => proxy.#pass(here, createConnection(Number(port), hostname)));
    const proxy = new Proxy(listener);
    return new Promise((resolve) => listener.listen(0, "127.0.0.1", () => resolve(proxy)));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on nothing comes through. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#open) socket.destroy();
  }

  /** From now on everything comes through. */
  mend(): void {
    this.#isCut = false;
  }

  /** The next answer is lost, and its connection with it. */
  loseAnAnswer(): void {
    this.#answersToLose += 1;
  }

  /** How often requests contained this. */
  asked(text: string): number {
    return this.#asked.split(text).length - 1;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #pass(here: Socket, there: Socket): void {
    const end = (): void => {
      here.destroy();
      there.destroy();
    };
    for (const socket of [here, there]) {
      this.#open.add(socket);
      socket.on("error", end).on("close", () => (this.#open.delete(socket), end()));
    }
    if (this.#isCut) return end();
    here.on("data", (content) => {
      this.#asked += content.toString("latin1");
      there.write(content);
    });
    there.on("data", (content) => {
      if (this.#answersToLose === 0) return void here.write(content);
      this.#answersToLose -= 1;
      end();
    });
  }
}
