import type { JsonValue } from "@berth/base";

/** Longest text taken from foreign JSON, in characters; signage shows no longer one. */
const LONGEST_TEXT = 1_000;

/**
 * Reads JSON of which nothing is certain: what is absent or of another kind reads as `undefined` or empty, never as an error,
 * and inherited members are not seen.
 *
 * @example
 * const view = new JsonView({ main: { temp: 12.5 }, weather: [{ main: "Rain" }] });
 * view.number("main", "temp"); // 12.5
 * view.text("weather", 0, "main"); // "Rain"
 * view.number("wind", "speed"); // undefined
 */
export class JsonView {
  readonly value: JsonValue | undefined;

  constructor(value: JsonValue | undefined) {
    this.value = value;
  }

  at(...path: (string | number)[]): JsonView {
    let value = this.value;
    for (const key of path) value = member(value, key);
    return new JsonView(value);
  }

  /** A finite number. */
  number(...path: (string | number)[]): number | undefined {
    const { value } = this.at(...path);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  }

  /** A number, or a text that is one, such as `"189.84"`. */
  numeric(...path: (string | number)[]): number | undefined {
    const { value } = this.at(...path);
    if (typeof value !== "string") return this.number(...path);
    return /^[+-]?\d{1,18}(?:\.\d{1,18})?$/.test(value.trim()) ? Number(value) : undefined;
  }

  /** A text that says something, trimmed and bounded. */
  text(...path: (string | number)[]): string | undefined {
    const { value } = this.at(...path);
    const text = typeof value === "string" ? value.slice(0, LONGEST_TEXT).trim() : "";
    return text === "" ? undefined : text;
  }

  /** The entries of a list, at most `limit`; empty when it is none. */
  list(path: string | number | (string | number)[], limit = 1_000): JsonView[] {
    const { value } = this.at(...[path].flat());
    return Array.isArray(value) ? value.slice(0, limit).map((item) => new JsonView(item)) : [];
  }

  /** The members of a map, at most `limit`; empty when it is none. */
  entries(path: string | number | (string | number)[], limit = 1_000): [string, JsonView][] {
    const { value } = this.at(...[path].flat());
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return Object.entries(value)
      .slice(0, limit)
      .map(([name, item]) => [name, new JsonView(item)]);
  }
}

function member(value: JsonValue | undefined, key: string | number): JsonValue | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
