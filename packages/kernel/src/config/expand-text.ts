/** Variables by name, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What came of expanding one string. */
export interface ExpandedText {
  text: string;
  /** The variables that were looked at, in order, each once. */
  variables: string[];
  /** Whether the string was one reference and nothing else. */
  whole: boolean;
  /** Variables without a value and without a default. */
  unset: string[];
  /** What is wrong with the way it is written, one sentence each. */
  errors: string[];
}

/** Values of people are short; these stop a default inside a default inside a default, and a value repeated without end. */
export const EXPANSION_LIMITS = { depth: 8, references: 100, length: 65_536 } as const;

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

/**
 * Replaces references to environment variables:
 *
 * - `${NAME}` by the variable's value, which may be empty but must be set
 * - `${NAME:-default}` by the value, or by `default` if the variable is unset or empty; a default may hold references
 * - `$${` by `${`, for text that is no reference; a lone `$` needs nothing
 *
 * Any number of references may stand in one string. What a variable holds is never expanded again.
 *
 * @example
 * expandText("${HOST:-localhost}:${PORT}", { PORT: "80" }).text; // "localhost:80"
 */
export function expandText(input: string, environment: Environment): ExpandedText {
  if (!input.includes("${")) return { text: input, variables: [], whole: false, unset: [], errors: [] };
  return new Expansion(input, environment).run();
}

/** Writes `text` so that expanding it gives `text` again. */
export function escapeReferences(text: string): string {
  return text.replaceAll("${", "$$${");
}

class Expansion {
  readonly #input: string;
  readonly #environment: Environment;
  readonly #variables = new Set<string>();
  readonly #unset = new Set<string>();
  readonly #errors: string[] = [];
  #at = 0;
  #references = 0;

  constructor(input: string, environment: Environment) {
    this.#input = input;
    this.#environment = environment;
  }

  run(): ExpandedText {
    let whole = false;
    let text = "";
    while (this.#at < this.#input.length && this.#errors.length === 0) {
      const start = this.#at;
      text += this.#next(0);
      whole = start === 0 && this.#at === this.#input.length && this.#input.startsWith("${");
      if (text.length > EXPANSION_LIMITS.length)
        this.#fail(`expands to more than ${EXPANSION_LIMITS.length} characters`);
    }
    const failed = this.#errors.length > 0;
    return {
      text: failed ? this.#input : text,
      variables: [...this.#variables],
      whole: whole && !failed,
      unset: failed ? [] : [...this.#unset],
      errors: this.#errors,
    };
  }

  /** One piece: an escape, a reference, or text up to whatever may begin one (inside a default, also up to its end). */
  #next(depth: number): string {
    if (this.#input.startsWith("$${", this.#at)) {
      this.#at += 3;
      return "${";
    }
    if (this.#input.startsWith("${", this.#at)) return this.#reference(depth + 1);
    const start = this.#at;
    this.#at += 1;
    while (this.#at < this.#input.length && !"$}".includes(this.#input[this.#at]!)) this.#at += 1;
    return this.#input.slice(start, this.#at);
  }

  #reference(depth: number): string {
    this.#references += 1;
    if (depth > EXPANSION_LIMITS.depth) return this.#fail(`nests references more than ${EXPANSION_LIMITS.depth} deep`);
    if (this.#references > EXPANSION_LIMITS.references) {
      return this.#fail(`holds more than ${EXPANSION_LIMITS.references} references`);
    }
    const start = this.#at;
    this.#at += 2;
    const name = this.#name();
    if (name === undefined) return this.#malformed(start);
    if (this.#input[this.#at] === "}") {
      this.#at += 1;
      return this.#valueOf(name);
    }
    if (!this.#input.startsWith(":-", this.#at)) return this.#malformed(start);
    this.#at += 2;
    return this.#withDefault(name, depth, start);
  }

  #withDefault(name: string, depth: number, start: number): string {
    // A default that is not used must not complain of variables it names.
    const unset = new Set(this.#unset);
    const fallback = this.#fallback(depth, start);
    const value = this.#look(name);
    if (value === undefined || value === "") return fallback;
    this.#unset.clear();
    for (const earlier of unset) this.#unset.add(earlier);
    return value;
  }

  #fallback(depth: number, start: number): string {
    let text = "";
    while (this.#errors.length === 0 && this.#input[this.#at] !== "}") {
      if (this.#at >= this.#input.length) return this.#malformed(start);
      text += this.#next(depth);
    }
    this.#at += 1;
    return text;
  }

  #name(): string | undefined {
    NAME.lastIndex = this.#at;
    const found = NAME.exec(this.#input)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #valueOf(name: string): string {
    const value = this.#look(name);
    if (value === undefined) this.#unset.add(name);
    return value ?? `\${${name}}`;
  }

  #look(name: string): string | undefined {
    this.#variables.add(name);
    const value: unknown = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
    return typeof value === "string" ? value : undefined;
  }

  #malformed(start: number): string {
    const piece = this.#input.slice(start, start + 40);
    return this.#fail(
      `\`${piece}\` is no reference; write \${NAME} or \${NAME:-default}, or $\${ for the characters themselves`,
    );
  }

  #fail(message: string): string {
    if (this.#errors.length === 0) this.#errors.push(message);
    return "";
  }
}
