/** JSON over HTTP. */
import { Problem, Unreachable } from "./errors.js";

/** The way to one server. A request is sent once: whether to repeat it is for the caller to know. */
export class Transport {
  readonly #base: string;
  readonly #apiKey: string;

  constructor(url: string, apiKey: string) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.search !== "" || parsed.hash !== "") {
      throw new TypeError(`${JSON.stringify(url)} is not an address such as http://127.0.0.1:7400`);
    }
    this.#base = parsed.href.replace(/\/+$/, "");
    this.#apiKey = apiKey;
  }

  /**
   * Asks and answers the JSON of the answer.
   *
   * Throws `Problem` where the server refused, `Unreachable` where no whole answer came.
   */
  async call<T>(method: string, path: string, options: CallOptions): Promise<T> {
    const headers: Record<string, string> = { ...options.headers, authorization: `Bearer ${this.#apiKey}` };
    const content = options.body === undefined ? null : JSON.stringify(options.body);
    if (content !== null) headers["content-type"] = "application/json";
    const timeout = AbortSignal.timeout(Math.max(Math.ceil(options.timeoutMs), 1));
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
    let answer, text;
    try {
      // A redirect would take the key to where it was not meant to go.
      answer = await fetch(this.#base + path, { method, headers, body: content, signal, redirect: "error" });
      text = await answer.text();
    } catch (error) {
      throw new Unreachable(`${method} ${path}: ${reason(error)}`, { cause: error });
    }
    return read<T>(answer, text);
  }
}

/** Of one request. */
export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

function read<T>(answer: Response, text: string): T {
  let body: unknown = null;
  try {
    body = text === "" ? null : JSON.parse(text);
  } catch (error) {
    if (answer.ok) throw new Unreachable(`the answer with status ${answer.status} is not JSON`, { cause: error });
  }
  if (answer.ok) return body as T;
  const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
  const problem = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  throw new Problem(answer.status, problem, Number.isFinite(seconds) ? seconds * 1000 : undefined);
}

/** `fetch failed` says nothing; its cause does. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
