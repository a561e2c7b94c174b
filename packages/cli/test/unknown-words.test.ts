import { expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

test.each([
  ["a command", ["signag"], "unknown command 'signag'", "Did you mean signage?"],
  ["a command of signage", ["signage", "rnu"], "unknown command 'rnu'", "Did you mean run?"],
  [
    "one that is like none",
    ["signage", "zzzzz"],
    "unknown command 'zzzzz'",
    "There are run, validate, plan, render, migrate, init",
  ],
  ["an option of the default command", ["signage", "--onec"], "unknown option '--onec'", "Did you mean --once?"],
  ["a command of plugins", ["plugins", "permisions"], "unknown command 'permisions'", "Did you mean permissions?"],
  [
    "an option of plugins",
    ["plugins", "grant", "x", "--netwrok", "y"],
    "unknown option '--netwrok'",
    "Did you mean --network?",
  ],
  ["a plugin", ["plugins", "permissions", "wether"], 'No plugin is named "wether"', 'did you mean "weather"?'],
  ["an option", ["signage", "plan", "--rnus", "3"], "unknown option '--rnus'", "Did you mean --runs?"],
])("berth names the nearest of %s that was mistyped", async (_what, argv, problem, hint) => {
  const { code, err } = await runCli(argv);
  expect(code).toBe(2);
  expect(err).toContain(problem);
  expect(err).toContain(hint);
});
