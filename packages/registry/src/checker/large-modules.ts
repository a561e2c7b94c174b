import { type ParserOptions, rawTransferSupported } from "oxc-parser";
import { parseModule, type ParsedModule } from "../scan/parse-module.ts";

/** Smaller ones are read from JSON in less time than the other way takes to begin with. */
const LARGE = 4_096;
/** What the parser calls an experiment, so that its types do not name it. One that does not know it any more takes the usual way. */
const AS_IT_LIES: ParserOptions & { experimentalRawTransfer: true } = { experimentalRawTransfer: true };

/**
 * Parses as {@link parseModule} does. The tree of a large module is taken over as it lies in the parser's memory, in a third of the time:
 * that takes 6 GiB of addresses (not of memory), which V8 counts as held by the thread, so it is for one of its own. Where the system does
 * not give them, as ever.
 */
export function createParser(): (file: string, source: string) => ParsedModule {
  let isGiven = rawTransferSupported();
  return (file, source) => {
    if (!isGiven || source.length < LARGE) return parseModule(file, source);
    try {
      return parseModule(file, source, AS_IT_LIES);
    } catch {
      isGiven = false;
      return parseModule(file, source);
    }
  };
}
