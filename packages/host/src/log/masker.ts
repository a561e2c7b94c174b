/** Shorter values are parts of ordinary words; hiding them would garble every text and hide nothing. */
const SHORTEST_SECRET = 4;

/** Fewer base64 characters than this turn up by chance. */
const SHORTEST_BASE64 = 8;

const MASK = "***";

/**
 * Hides secret values in any text that leaves the host: as they are, as JSON, URL and form encoding write them, and as base64,
 * also inside a longer encoded text (`Basic` credentials).
 */
export class Masker {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** From now on `secret` is hidden. Values under four characters are not. */
  register(secret: string): void {
    if (secret.length < SHORTEST_SECRET) return;
    for (const form of formsOf(secret)) this.#forms.add(form);
    // Longest first, so that a secret that holds another one is hidden whole.
    const forms = [...this.#forms].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(forms.map((form) => RegExp.escape(form)).join("|"), "g");
  }

  mask(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, MASK);
  }
}

function formsOf(secret: string): Set<string> {
  const wellFormed = secret.toWellFormed();
  const percent = encodeURIComponent(wellFormed);
  const lower = percent.replace(/%../g, (escape) => escape.toLowerCase());
  const form = new URLSearchParams({ a: wellFormed }).toString().slice(2);
  return new Set([secret, JSON.stringify(secret).slice(1, -1), percent, lower, form, ...base64Forms(wellFormed)]);
}

/** What every base64 text shows of a secret, at each of the three places where it may begin in a group of three bytes. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [bytes.toString("base64"), bytes.toString("base64url")];
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // The outermost characters hold bits of the neighbours.
    const inner = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    if (inner.length >= SHORTEST_BASE64) forms.push(inner, inner.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}
