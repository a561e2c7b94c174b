import { describe, expect, test } from "vitest";
import { createTerminal, type OutputStream } from "./terminal.ts";

const terminalOf = (out: Partial<OutputStream>, env: Record<string, string> = {}) => {
  const write = (): boolean => true;
  return createTerminal({ out: { write, ...out }, err: { write }, env });
};

describe("Terminal", () => {
  test.each([
    [{ isTTY: true }, {}, true],
    [{}, {}, false],
    [{ isTTY: true }, { CI: "true" }, false],
    [{ isTTY: true }, { CI: "" }, true],
    [{ isTTY: true }, { TERM: "dumb" }, false],
  ])("(%j in %j) is interactive: %s", (out, env, isInteractive) => {
    expect(terminalOf(out, env).isInteractive).toBe(isInteractive);
  });

  test.each([
    [{ isTTY: true, columns: 120 }, {}, 120],
    [{ isTTY: true }, {}, 80],
    [{ columns: 120 }, {}, Infinity],
    [{}, {}, Infinity],
    [{ isTTY: true, columns: 120 }, { COLUMNS: "60" }, 60],
    [{}, { COLUMNS: "60" }, 60],
    [{ isTTY: true, columns: 120 }, { COLUMNS: "wide" }, 120],
    [{ isTTY: true, columns: 120 }, { COLUMNS: "3" }, 120],
    [{ isTTY: true, columns: 120 }, { COLUMNS: "100000" }, 500],
  ])("(%j in %j) has %d columns", (out, env, columns) => {
    expect(terminalOf(out, env).columns).toBe(columns);
  });

  test("follows a window that is made wider and narrower", () => {
    const out = { isTTY: true, columns: 120 };
    const terminal = createTerminal({
      out: {
        ...out,
        write: () => true,
        get columns() {
          return out.columns;
        },
      },
      err: { write: () => true },
      env: {},
    });
    out.columns = 50;
    expect(terminal.columns).toBe(50);
  });

  test("paints for a person and not for a pipe", () => {
    expect(terminalOf({ isTTY: true }).paint("red", "x")).toBe("\u001B[31mx\u001B[39m");
    expect(terminalOf({}).paint("red", "x")).toBe("x");
  });
});
