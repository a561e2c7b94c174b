import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { isGroupRunning } from "./run-processes.ts";

test("isGroupRunning takes those for gone that are dead and that nobody buries", async () => {
  // The second program never asks what became of the first.
  const child = spawn("sh", ["-c", "setsid sh -c 'read x' <&3 3<&- & echo $!; exec sleep 1000"], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  const group = Number(line.toString());
  while (!isGroupRunning(group)) await new Promise(setImmediate); // until it leads a group of its own
  (child.stdio[3] as NodeJS.WritableStream).end();
  while (isGroupRunning(group)) await new Promise(setImmediate);
  expect(process.kill(-group, 0)).toBe(true);
});
