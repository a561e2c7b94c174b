export { InlineRunner } from "./inline-runner.ts";
