import { describe, expect, test } from "vitest";
import { codeOf, never, openCapabilities } from "../../../test/open-capabilities.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe("exec under a grant of some arguments", () => {
  const exec = ["echo hello **", "echo *", 'echo bye "my dear"', "printf %s"];

  test.each([
    ["echo", ["hello"]],
    ["echo", ["hello", "you", "there"]],
    ["echo", ["anything"]],
    ["echo", ["bye", "my dear"]],
    ["printf", ["%s"]],
  ])("runs %s %j", async (command, args) => {
    await using probe = await openCapabilities({ grant: { exec } });
    const { exitCode } = await probe.capabilities.exec({ command, args }, never());
    expect(exitCode).toBe(0);
  });

  test.each([
    ["echo", []],
    ["echo", ["bye", "my"]],
    ["echo", ["bye", "my", "dear"]],
    ["echo", ["you", "hello"]],
    ["printf", ["%s", "more"]],
    ["printf", []],
  ])("denies %s %j, and says what was granted [OPS-24]", async (command, args) => {
    await using probe = await openCapabilities({ grant: { exec } });
    await expect(probe.capabilities.exec({ command, args }, never())).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(
        /^Cannot run "(echo|printf)" with these arguments: only .* was granted; ask for it/,
      ),
    });
    expect(probe.denied).toMatchObject([{ capability: "exec", use: { kind: "exec", program: command, args } }]);
  });

  test("tells by which entry it was allowed, and of what was run as much as there is room for", async () => {
    await using probe = await openCapabilities({ grant: { exec } });
    await probe.capabilities.exec({ command: "echo", args: ["hello", "x".repeat(300), "y".repeat(300)] }, never());
    expect(probe.used.find(({ capability }) => capability === "exec")).toMatchObject({
      what: { kind: "exec", program: "echo", args: ["hello", "x".repeat(300)], isCut: true },
      entry: "echo hello **",
      outcome: "allowed",
    });
  });

  test("what a program would take from home or from variables is not the plugin's to say [OPS-24]", async () => {
    await using probe = await openCapabilities({ grant: { exec: ["env --null", "tar --version", "printenv"] } });
    const { capabilities } = probe;
    const home = async (command: string, args: string[]): Promise<string | undefined> => {
      const { stdout } = await capabilities.exec({ command, args, env: { TZ: "UTC" } }, never());
      return /^HOME=(.*)$/m.exec(text(stdout).replaceAll("\0", "\n"))?.[1];
    };
    expect(await home("env", ["--null"])).toBe("/nonexistent");
    expect(await home("printenv", [])).not.toBe("/nonexistent");
    const set = (name: string) =>
      capabilities.exec({ command: "tar", args: ["--version"], env: { [name]: "x" } }, never());
    for (const name of ["TAR_OPTIONS", "CURL_HOME", "XDG_CONFIG_HOME", "WGETRC"])
      expect(await codeOf(set(name))).toBe("PERMISSION_DENIED");
  });

  test("an argument is never a pattern of the shell's", async () => {
    await using probe = await openCapabilities({ grant: { exec: ["echo *"] } });
    const { stdout } = await probe.capabilities.exec({ command: "echo", args: ["*; id"] }, never());
    expect(text(stdout)).toBe("*; id\n");
  });

  test("an entry that means nothing allows nothing", async () => {
    await using probe = await openCapabilities({ grant: { exec: ['echo "', "echo ** x", ""] } });
    expect(await codeOf(probe.capabilities.exec({ command: "echo", args: ["x"] }, never()))).toBe("PERMISSION_DENIED");
  });
});
