import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import type { Page } from "./markdown.ts";

/** Commands that pages show and the tests do not run, and why. A line that no page shows any more fails the test. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  "git clone ADDRESS-OF-THIS-REPOSITORY berth": "the tests run in a clone",
  "cd berth": "the same",
  "npm ci": "it would replace the modules that run this test; .ci/run does it in a fresh clone",
  "npm start": "it runs until Ctrl-C; the tests of the command do that with a terminal of their own",
  "npm test": "it runs this test",
  "npm ci && npm test": "the same",
  "sudo chown 1000 output": "it needs root",
  "docker compose up --build --detach": "there is no container engine where tests run; docker.test.ts checks the files",
  "docker compose logs --follow": "the same",
  "docker compose run --rm signage signage validate": "the same",
  "docker compose run --rm signage signage plan": "the same",
  "docker build --tag berth-signage .": "the same",
  [`docker run --read-only --tmpfs /tmp --init --stop-timeout 45 --env OPENWEATHER_API_KEY ${[
    '--volume "$PWD/sources.yaml:/srv/signage/sources.yaml:ro"',
    '--volume "$PWD/output:/srv/signage/output"',
    "--volume berth-state:/srv/signage/.berth berth-signage",
  ].join(" ")}`]: "the same",
};

/** The commands of every `sh` block, one a line; a command over several lines is one. */
export function commandsOf(page: Page): string[][] {
  return page.fences
    .filter(({ language }) => language === "sh")
    .map(({ text }) =>
      text
        .replace(/\s*\\\n\s*/g, " ")
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("#")),
    );
}

/** Runs the blocks one after the other in a copy of the repository; each begins at its root. Fails at the first that fails. */
export function runBlocks(
  root: string,
  blocks: readonly (readonly string[])[],
): { status: number | null; output: string } {
  using tree = makeTemporaryTree();
  for (const name of ["node_modules", "packages", "plugins", "package.json", "tsconfig.json"]) {
    symlinkSync(join(root, name), join(tree.path, name));
  }
  cpSync(join(root, "examples"), join(tree.path, "examples"), { recursive: true });
  const git = (...args: string[]): Buffer => execFileSync("git", args, { cwd: tree.path, stdio: "pipe" });
  git("init", "--quiet");
  git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--allow-empty", "--message=First");
  const script = blocks
    .map((lines) => `(\nset -e\n${lines.map((line) => instead(root, line)).join("\n")}\n)`)
    .join("\n");
  const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
    cwd: tree.path,
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, CI: "1", npm_config_offline: "true", npm_config_update_notifier: "false" },
  });
  return { status, output: `${stdout}${stderr}` };
}

/** `npm start` builds first; here what it then starts is run from source. */
function instead(root: string, line: string): string {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { start: string } };
  return line.replace(/^npm start --/, scripts.start);
}
