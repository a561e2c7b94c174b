/** A line of the log. */
export type WriteLine = (level: "debug" | "info" | "warn" | "error", text: string) => void;

const LONGEST = 10_000;

/** `console`, whose lines go to the host's log. */
export function createConsole(write: WriteLine): Record<string, (...args: unknown[]) => void> {
  const line =
    (level: Parameters<WriteLine>[0]) =>
    (...args: unknown[]): void =>
      write(level, args.map(shown).join(" ").slice(0, LONGEST));
  const info = line("info");
  const nothing = (): void => undefined;
  return {
    debug: line("debug"),
    trace: line("debug"),
    log: info,
    info,
    dir: info,
    table: info,
    warn: line("warn"),
    error: line("error"),
    assert: (condition: unknown, ...args: unknown[]) => {
      if (!condition) write("error", ["Assertion failed", ...args.map(shown)].join(" ").slice(0, LONGEST));
    },
    group: info,
    groupEnd: nothing,
    time: nothing,
    timeEnd: nothing,
    count: nothing,
  };
}

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.stack ? `${value.name}: ${value.message}\n${value.stack}` : String(value);
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? "undefined";
  } catch {
    return Object.prototype.toString.call(value);
  }
}
