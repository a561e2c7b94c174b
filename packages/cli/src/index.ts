export { type CommandContext } from "./command-context.ts";
export { EXIT } from "./exit-codes.ts";
export { main } from "./main.ts";
