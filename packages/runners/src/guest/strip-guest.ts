import { stripTypeScriptTypes } from "node:module";
import { parentPort } from "node:worker_threads";

/** The compiler takes 25 ms to load and 5 MiB to keep: too much for each edit, and too much for a host that loads nothing any more. */
const IDLE_MS = 300_000;
/** What the compiler says of text that it does not take. Anything else says that something is wrong with the compiler. */
const REFUSALS: ReadonlySet<unknown> = new Set(["ERR_INVALID_TYPESCRIPT_SYNTAX", "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"]);

const port = parentPort!;
const idle = setTimeout(() => process.exit(), IDLE_MS);
port.on("message", (text: string) => {
  idle.refresh();
  try {
    port.postMessage(stripTypeScriptTypes(text));
  } catch (error) {
    if (!REFUSALS.has((error as NodeJS.ErrnoException).code)) throw error;
    port.postMessage(undefined);
  }
});
