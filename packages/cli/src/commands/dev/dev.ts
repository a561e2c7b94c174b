import { type Command, Option } from "commander";
import type { CommandContext } from "../../command-context.ts";
import type { Action } from "../../program.ts";

const DEV_EXAMPLES = `
Examples:
  berth dev build --target wasm             a WebAssembly component of the plugin in this folder

For those who write plugins. Exit codes: 0 done, 1 it could not be done, 2 usage or plugin.toml.
`;

const BUILD_EXAMPLES = `
Examples:
  berth dev build --target wasm                  of the plugin in this folder
  berth dev build --target wasm plugins/mine     of the one in that folder
  berth dev build --target wasm --json           for programs

Bundles runtime.entry and all it imports, and makes a component of that which imports what plugin.toml
asks for and nothing else. It is written to runtime.wasm, or to dist/plugin.wasm, loaded once, and held
against plugin.toml. The plugin's modules run once while it is built; what is to happen at each start
belongs into initialize.
Exit codes: 0 built, 1 it could not be built, 2 usage or plugin.toml.
`;

/** `berth dev …`: for those who write plugins. */
export function addDevCommands(program: Command, context: CommandContext, action: Action): void {
  const dev = program.command("dev").description("build what you write").addHelpText("after", DEV_EXAMPLES);
  dev
    .command("build")
    .description("make a WebAssembly component of a TypeScript plugin")
    .argument("[folder]", "the plugin's folder", ".")
    .addOption(new Option("--target <target>", "what to build").choices(["wasm"]).makeOptionMandatory())
    .option("--json", "JSON on standard output")
    .addHelpText("after", BUILD_EXAMPLES)
    .action(action(async (folder, options) => (await import("./build.ts")).buildPlugin(context, folder, options)));
}
