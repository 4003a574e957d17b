/** Captured pieces of output as lines: pieces end where the worker cut them, not where lines do. */
export interface LogChunk {
  stream: string;
  text: string;
  written_at: string;
}

export interface LogLine {
  number: number;
  stream: string;
  at: string;
  text: string;
}

export function toLines(chunks: readonly LogChunk[]): LogLine[] {
  const lines: LogLine[] = [];
  let isOpen = false;
  for (const chunk of chunks) {
    const parts = chunk.text.split(/\r\n|\n/);
    parts.forEach((part, index) => {
      const last = lines.at(-1);
      // The rest of a line that the piece before left open, when it is of the same stream.
      if (index === 0 && isOpen && last?.stream === chunk.stream) last.text += part;
      else if (index < parts.length - 1 || part !== "") {
        lines.push({ number: lines.length + 1, stream: chunk.stream, at: chunk.written_at, text: part });
      }
    });
    isOpen = parts.at(-1) !== "";
  }
  return lines;
}

/** A line that draws over itself with carriage returns, such as a progress bar, ends as its last drawing. */
export function lastDrawing(line: string): string {
  const drawings = line.split("\r").filter((drawing) => drawing !== "");
  return drawings.at(-1) ?? "";
}
