import { constants } from "node:os";
import { systemClock } from "@berth/base";
import { endChildren, endProcess } from "@berth/host/shutdown";
import type { CommandContext, StopSignal } from "./command-context.ts";
import type { OutputStream } from "./terminal/terminal.ts";

const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The context of the real process. */
export function processContext(): CommandContext {
  let hasLeftBehind = false;
  const listeners = new Set<(signal: StopSignal) => void>();
  const tell = (signal: StopSignal): void => listeners.forEach((stop) => stop(signal));
  const onSignal = (signal: NodeJS.Signals): void => {
    if (listeners.size > 0) tell(signal as StopSignal);
    else endNow(128 + constants.signals[signal]);
  };
  return {
    out: endingQuietly(process.stdout, () => tell("SIGPIPE")),
    err: endingQuietly(process.stderr, () => undefined),
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    prompt: process.stdin.isTTY && process.stderr.isTTY ? prompt : undefined,
    keys: process.stdin.isTTY && process.stdout.isTTY ? (listener) => listenToKeys(listener, tell) : undefined,
    onResize: process.stdout.isTTY ? onResize : undefined,
    endWithoutWaiting: () => {
      hasLeftBehind = true;
    },
    onOver: (exitCode) => {
      if (hasLeftBehind) endNow(exitCode);
    },
    endNow,
    onSignal: (stop) => {
      listeners.add(stop);
      // They stay: a signal that comes while the command is on its way out must not end it in another way.
      for (const signal of STOP_SIGNALS)
        if (!process.listeners(signal).includes(onSignal)) process.on(signal, onSignal);
      return { [Symbol.dispose]: () => void listeners.delete(stop) };
    },
  };
}

function endNow(exitCode: number): void {
  endChildren();
  endProcess(exitCode);
}

function onResize(listener: () => void): Disposable {
  process.stdout.on("resize", listener);
  return { [Symbol.dispose]: () => void process.stdout.off("resize", listener) };
}

const CTRL_C = "\u0003";

/** Keys as they are pressed, without an echo. The terminal makes no signal of Ctrl-C then. */
function listenToKeys(listener: (key: string) => void, tell: (signal: StopSignal) => void): Disposable {
  const { stdin } = process;
  const onData = (data: Buffer): void => {
    const text = data.toString("latin1");
    // Keys that come together are pressed one after the other, but for those that send more than one character.
    for (const key of text.startsWith("\u001B") ? [text] : text) {
      if (key === CTRL_C) tell("SIGINT");
      else listener(key);
    }
  };
  stdin.setRawMode(true);
  stdin.on("data", onData);
  stdin.resume();
  return {
    [Symbol.dispose]: () => {
      stdin.off("data", onData);
      stdin.pause();
      stdin.setRawMode(false);
    },
  };
}

/** On standard error, so that what goes into a pipe stays data. */
async function prompt(question: string): Promise<string | undefined> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const isOver = Promise.withResolvers<undefined>();
  lines.once("close", () => isOver.resolve(undefined));
  try {
    // A question that is broken off by Ctrl-C or Ctrl-D was not answered, whatever it rejects with.
    return await Promise.race([lines.question(question).catch(() => undefined), isOver.promise]);
  } finally {
    lines.close();
  }
}

/**
 * A stream of the process whose reader may go away, as `head` does when it has seen enough: that is no error, `onGone` hears of it
 * once, and what would be written after it is dropped.
 */
function endingQuietly(stream: NodeJS.WriteStream, onGone: () => void): OutputStream {
  let isGone = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (!isGone) onGone();
    isGone = true;
  });
  return {
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    write: (text) => isGone || stream.write(text),
  };
}
