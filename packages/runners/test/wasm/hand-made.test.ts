import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NEVER } from "../remote/open-request.ts";
import { openComponent } from "./open-component.ts";
import { fromCore, worldText } from "./tools.ts";

const ECHO = join(import.meta.dirname, "../../../../examples/wasm/echo/echo.wat");

describe("a component written by hand", () => {
  test("is a plugin like any other [RPT-61]", async () => {
    await using open = await openComponent(await fromCore(readFileSync(ECHO, "utf8"), worldText(), "plugin"), {
      grant: {},
    });
    expect(await open.channel.describe(NEVER)).toEqual([{ id: "service/probe", description: "" }]);
    expect(await open.channel.health(NEVER)).toEqual({ health: "healthy" });
    await open.channel.initialize(NEVER);
    await open.channel.start(NEVER);
    const value = { text: "é", bytes: new Uint8Array(100_000).fill(7), list: [1, null] };
    expect(await open.ask("echo", value)).toEqual(value);
    expect(await open.ask("echo", "x".repeat(100_000))).toBe("x".repeat(100_000));
    await open.channel.stop(NEVER);
    await open.channel.cleanup(NEVER);
  });
});
