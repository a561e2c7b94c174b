import { styleText } from "node:util";

/** A stream a command writes to. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** The formats used; few, so that the program has one look. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Where a command writes: data to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: OutputStream;
  readonly err: OutputStream;
  /** Whether a person watches `out`, so that it may be redrawn. */
  readonly isInteractive: boolean;
  /** Cells of a line; `Infinity` where nothing is cut. */
  readonly columns: number;
  /** Colours text for `out` if colour is wanted there. */
  paint(style: Style, text: string): string;
}

/** What {@link createTerminal} is made from. */
export interface TerminalOptions {
  out: OutputStream;
  err: OutputStream;
  env: Readonly<Record<string, string | undefined>>;
  /** `false` for `--no-color`; otherwise decided from the stream and the environment. */
  colour?: boolean | undefined;
}

export function createTerminal({ out, err, env, colour }: TerminalOptions): Terminal {
  const hasColour = wantsColour({ stream: out, env, colour });
  return {
    out,
    err,
    isInteractive: isTerminal(out, env) && !isSet(env["CI"]),
    // Asked anew each time: a window is made wider and narrower.
    get columns() {
      return columnsOf(out, env);
    },
    paint: (style, text) => (hasColour ? styleText(style, text, { validateStream: false }) : text),
  };
}

/**
 * Whether text for `stream` is coloured, as no-color.org says: not for `NO_COLOR`, `TERM=dumb` and pipes; for `FORCE_COLOR` in any
 * case. `--no-color` wins over all.
 */
export function wantsColour({
  stream,
  env,
  colour,
}: {
  stream: OutputStream;
  env: TerminalOptions["env"];
  colour: boolean | undefined;
}): boolean {
  if (colour === false || isSet(env["NO_COLOR"])) return false;
  return isForced(env) || isTerminal(stream, env);
}

/** The terminal of a command: its streams, its environment, its `--no-color`. */
export function terminalFor(
  context: Pick<TerminalOptions, "out" | "err" | "env">,
  { color }: { color?: boolean },
): Terminal {
  return createTerminal({ ...context, colour: color });
}

const isTerminal = (stream: OutputStream, env: TerminalOptions["env"]): boolean =>
  stream.isTTY === true && env["TERM"] !== "dumb";

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "";

function isForced(env: TerminalOptions["env"]): boolean {
  const forced = env["FORCE_COLOR"] ?? env["CLICOLOR_FORCE"];
  return isSet(forced) && forced !== "0" && forced !== "false";
}

function columnsOf(out: OutputStream, env: TerminalOptions["env"]): number {
  const given = Number(env["COLUMNS"]);
  if (Number.isInteger(given) && given >= 20) return Math.min(given, 500);
  if (out.isTTY !== true) return Infinity; // A file has room for everything.
  return out.columns ?? 80;
}
