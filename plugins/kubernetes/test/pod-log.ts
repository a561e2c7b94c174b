const PARTIAL_BYTES = 16_384;

interface Chunk {
  atMs: number;
  text: string;
}

/**
 * The log of a container as a node keeps it and the API server gives it: a time before each line, `sinceTime` cut to seconds and compared
 * with each chunk (a line of more than 16 KiB is written as several), `limitBytes` cutting anywhere.
 */
export class PodLog {
  readonly #chunks: Chunk[] = [];

  write(atMs: number, line: string, endMs = atMs): void {
    const text = `${line}\n`;
    for (let at = 0; at < text.length; at += PARTIAL_BYTES) {
      this.#chunks.push({ atMs: at === 0 ? atMs : endMs, text: text.slice(at, at + PARTIAL_BYTES) });
    }
  }

  /** The node begins a new file, and gives what is in that alone. */
  rotate(): void {
    this.#chunks.length = 0;
  }

  answer(query: URLSearchParams): Buffer {
    const since = query.get("sinceTime");
    const sinceMs = since === null ? 0 : Math.floor(Date.parse(since) / 1_000) * 1_000;
    let isNewLine = true;
    let text = "";
    for (const chunk of this.#chunks) {
      const prefix = isNewLine && query.get("timestamps") === "true" ? `${stampOf(chunk.atMs)} ` : "";
      if (chunk.atMs >= sinceMs) text += prefix + chunk.text;
      isNewLine = chunk.text.endsWith("\n");
    }
    const whole = Buffer.from(text);
    return whole.subarray(0, Number(query.get("limitBytes") ?? whole.length));
  }
}

/** Nine digits, as the kubelet writes them. */
function stampOf(atMs: number): string {
  const [seconds, fraction = "000"] = new Date(atMs).toISOString().replace("Z", "").split(".");
  return `${seconds}.${fraction}000000Z`;
}
