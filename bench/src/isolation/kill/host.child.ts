import type { Primitive } from "@berth/runners/sandbox";
import { SandboxFactory } from "@berth/runners/sandbox";
import { treeSpec, untilWhole } from "./trial.ts";

// A host that starts a tree in a sandbox, tells as whom it runs, and waits to be killed.
const [way, name, hidden] = process.argv.slice(2) as [string, string, Primitive | undefined];
const factory = await SandboxFactory.probe({ hide: hidden === undefined ? [] : [hidden] });
const user = factory.userFor(name);
const sandboxed = await factory.launch(treeSpec(factory, way, user), AbortSignal.timeout(30_000));
sandboxed.stdout.resume();
sandboxed.stderr.resume();
await untilWhole(sandboxed);
process.stdout.write(`${factory.level} ${user?.uid ?? process.getuid!()}\n`);
