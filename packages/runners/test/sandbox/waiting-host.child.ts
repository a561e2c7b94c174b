import { readFileSync } from "node:fs";
import { once } from "node:events";
import { type Primitive, SandboxFactory, type SandboxLevel } from "../../src/sandbox/index.ts";
import { nativeSpec } from "./attempts.ts";

// A host over a native program that tries to outlive it; tells which processes there are, and waits to be killed.
const [level, folder, ...hide] = process.argv.slice(2) as [SandboxLevel, string, ...Primitive[]];
const factory = await SandboxFactory.probe({ hide });
const user = factory.userFor("native-test");
const own = user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } };
const sandboxed = await factory.launch(
  { ...nativeSpec(level, folder, "outlive"), ...own },
  AbortSignal.timeout(30_000),
);
const [said] = (await once(sandboxed.stdout, "data")) as [Buffer];
process.stdout.write(`${factory.level}\t${String(said).trim()}\t${descendants(sandboxed.pid).join(",")}\n`);

function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [pid, ...(children === "" ? [] : children.split(" ").map(Number)).flatMap(descendants)];
}
