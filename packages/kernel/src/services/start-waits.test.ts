import { expect, test } from "vitest";
import { StartWaits } from "./start-waits.ts";

test("StartWaits names a circle of any length, as long as all of it waits", () => {
  const waits = new StartWaits();
  const first = waits.enter("plugin/a", "plugin/b");
  const again = waits.enter("plugin/a", "plugin/b");
  waits.enter("plugin/a", "plugin/d");
  waits.enter("plugin/b", "plugin/c");
  expect(() => waits.enter("plugin/c", "plugin/a")).toThrow(
    expect.objectContaining({
      code: "DEPENDENCY_CYCLE",
      message:
        'Cannot call a service of plugin "a" while plugin "c" starts or stops: "c" waits for "a", which waits for "b", which waits for "c"',
      details: { circle: ["plugin/c", "plugin/a", "plugin/b", "plugin/c"] },
    }),
  );
  waits.enter("plugin/c", "plugin/d");
  first[Symbol.dispose]();
  expect(() => waits.enter("plugin/c", "plugin/a")).toThrow("waits for");
  again[Symbol.dispose]();
  waits.enter("plugin/c", "plugin/a");
  expect(() => waits.enter("plugin/x", "plugin/x")).toThrow('"x" waits for "x"');
});
