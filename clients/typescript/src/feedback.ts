/** What a handler said and how far it got, until it is sent. */

/** Most unsent characters of one task. */
export const CAPACITY = 256 * 1024;
/** Characters in one piece: 16 KiB at most, which the server keeps whole. */
const PIECE = 4 * 1024;
const LONGEST_MESSAGE = 1_000;

/** A piece of output on its way. */
export interface Piece {
  readonly stream: string;
  readonly text: string;
  readonly at: string;
}

/** Written by a handler, read by whoever sends. `changed` is called whenever there is something to send. */
export class Feedback {
  readonly #changed: () => void;
  #progress: { thousandths: number; message: string } | undefined;
  #pieces: Piece[] = [];
  #unsent = 0;
  #dropped = 0;
  /** Whether there ever was output; some of it may just be on its way. */
  wasWritten = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** How far it is; an earlier word that was not sent yet is forgotten. */
  progress(fraction: number, message: string): void {
    const thousandths = Math.round(Math.min(Math.max(Number(fraction) || 0, 0), 1) * 1000);
    this.#progress = { thousandths, message: shortened(message, LONGEST_MESSAGE) };
    this.#changed();
  }

  /** Keeps a text, or counts it where too much is unsent. */
  output(stream: string, text: string): void {
    this.wasWritten = true;
    if (this.#unsent + text.length > CAPACITY) {
      this.#dropped += text.length;
    } else {
      this.#unsent += text.length;
      const at = new Date().toISOString();
      for (const piece of pieces(clean(text))) this.#pieces.push({ stream, text: piece, at });
    }
    this.#changed();
  }

  /** The latest word on progress, if it was not sent yet. */
  takeProgress(): { thousandths: number; message: string } | undefined {
    const taken = this.#progress;
    this.#progress = undefined;
    return taken;
  }

  /** Everything unsent; what did not fit is told of in a last piece. */
  takeOutput(): Piece[] {
    const taken = this.#pieces;
    if (this.#dropped > 0) {
      const text = `${this.#dropped} characters of output are missing: they came faster than they could be sent`;
      taken.push({ stream: "log", text, at: new Date().toISOString() });
    }
    [this.#pieces, this.#unsent, this.#dropped] = [[], 0, 0];
    return taken;
  }
}

/** What can be kept of a text: no half of a pair of surrogates, which is not Unicode, and no NUL. */
export function clean(text: string): string {
  return text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|\0/g, "\uFFFD");
}

/** At most so much of a text, whole characters only. */
export function shortened(text: string, length: number): string {
  return clean(text.slice(0, length));
}

/** Cut so that no character is split. */
function* pieces(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const splits = /[\uD800-\uDBFF]/.test(text.charAt(start + PIECE - 1));
    const end = start + PIECE - (splits ? 1 : 0);
    yield text.slice(start, end);
    start = end;
  }
}
