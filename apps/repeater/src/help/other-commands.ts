import { EXIT, type RprContext } from "../context.ts";
import { overview } from "./help.ts";

/** Everything that runs nothing. `mainOf` runs another command line. */
export async function runOtherCommand(
  word: string,
  words: readonly string[],
  context: RprContext,
  mainOf: (words: readonly string[]) => Promise<number>,
): Promise<number> {
  switch (word) {
    case "help": {
      const [mode] = words;
      return mode === undefined ? print(context, overview(context.name)) : mainOf([mode, "--help"]);
    }
    case "examples":
      return print(context, (await import("./examples.ts")).examplesText(context.name));
    case "config":
      return (await import("../config/show-config.ts")).showConfig(words, context);
    default:
      return (await import("./completion.ts")).completion(word, words, context);
  }
}

async function print(context: RprContext, text: string): Promise<number> {
  await context.out.write(Buffer.from(text));
  return EXIT.ok;
}
