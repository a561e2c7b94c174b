import type { OutputLine } from "@berth/kernel/runner";

/** What a worker's guest tells its host of the plugin's output, beside the channel. */
export type OutputMessage = { output: OutputLine } | { outputUsed: number };

/** The longest line there is, with what is said of the rest of it. */
const MOST_CHARACTERS = 17_000;

/**
 * Reads what came from a thread: a line, or how many lines a second were written where fewer are kept. The plugin lives in that thread,
 * and may speak in its guest's place; nothing comes of what is neither.
 */
export function readOutputMessage(message: unknown): OutputMessage | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  if ("outputUsed" in message) {
    const used = message.outputUsed;
    return Number.isSafeInteger(used) && (used as number) > 0 ? { outputUsed: used as number } : undefined;
  }
  if (!("output" in message) || typeof message.output !== "object" || message.output === null) return undefined;
  const { stream, text } = message.output as Partial<Record<string, unknown>>;
  if ((stream !== "stdout" && stream !== "stderr") || typeof text !== "string") return undefined;
  return { output: { stream, text: text.slice(0, MOST_CHARACTERS) } };
}
