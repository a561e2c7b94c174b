import { type Finding, found, missing } from "./findings.ts";
import { runBriefly } from "./run-briefly.ts";

/** What the binary's permission flags refuse when nothing is granted: one word each. */
const SCRIPT = `
const refused = [];
const attempt = (name, run) => {
  try { run(); } catch (error) { if (error.code === "ERR_ACCESS_DENIED") refused.push(name); }
};
attempt("files", () => require("node:fs").readFileSync("/etc/hostname"));
attempt("programs", () => require("node:child_process").spawnSync("true"));
attempt("threads", () => new (require("node:worker_threads").Worker)("", { eval: true }));
if (process.permission?.has("net") === false) refused.push("network");
console.log(refused.join(" "));`;

const NEEDED = ["files", "programs", "threads"];

/** Whether Node.js itself refuses what it was not told to allow: a second wall inside the first. */
export async function probeNodePermission(binary: string, signal: AbortSignal): Promise<Finding> {
  const run = await runBriefly(binary, ["--permission", "-e", SCRIPT], signal);
  const refused = run.stdout.trim().split(" ");
  if (!run.isDone) return missing(run.problem, "run Node.js 24 or newer");
  return NEEDED.every((name) => refused.includes(name))
    ? found(`refuses ${refused.join(", ")}`)
    : missing(`refuses only ${refused.join(", ") || "nothing"}`, "run Node.js 24 or newer");
}
