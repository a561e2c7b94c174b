import { HostError, type SignageContent } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { createContext } from "../context/create-context.ts";
import { BaseSource } from "./base-source.ts";

const content: SignageContent = { title: "Hello", lines: ["one", "two"] };

class Greeting extends BaseSource<{ name?: string }> {
  readonly steps: string[] = [];

  validateConfig(): true {
    this.steps.push("validate");
    if (!this.config.name) throw new TypeError("greeting: name is required");
    return true;
  }

  async fetchData(_signal?: AbortSignal): Promise<SignageContent | undefined> {
    this.steps.push("fetch");
    return content;
  }

  override shouldRender(_content: SignageContent): boolean | Promise<boolean> {
    this.steps.push("shouldRender");
    return super.shouldRender(_content);
  }
}

const make = <C extends new (id: string, config: { name?: string }) => BaseSource<object>>(Class: C) =>
  new Class("hello", { name: "Ada" });

describe("BaseSource", () => {
  test("is the one base of sources and keeps id and configuration [SIG-4, SIG-5]", () => {
    const config = { name: "Ada" };
    const source = new Greeting("hello", config);
    expect(source).toBeInstanceOf(BaseSource);
    expect([source.sourceId, source.config]).toEqual(["hello", { name: "Ada" }]);
    expect(source.config).toBe(config);
  });

  test("cannot be made itself, nor can an incomplete class, types or none [SIG-4, SIG-17]", () => {
    const Abstract = BaseSource as unknown as new (id: string, config: object) => object;
    expect(() => new Abstract("x", {})).toThrow("Cannot create a BaseSource: it is abstract, extend it");
    class NoFetch extends Abstract {
      validateConfig(): true {
        return true;
      }
    }
    class NoValidation extends Abstract {
      async fetchData(): Promise<undefined> {}
    }
    expect(() => new NoFetch("x", {})).toThrow("Cannot create NoFetch: it does not implement fetchData()");
    expect(() => new NoValidation("x", {})).toThrow(
      "Cannot create NoValidation: it does not implement validateConfig()",
    );
  });

  test("does not let execute() be overridden [SIG-9]", () => {
    class Hasty extends Greeting {
      override async execute(): ReturnType<BaseSource["execute"]> {
        throw new Error("never");
      }
    }
    expect(() => make(Hasty)).toThrow("Cannot create Hasty: execute() must not be overridden");
  });

  test("has a context inside a host, and says so outside of one", () => {
    class Curious extends Greeting {
      look(): string {
        return this.ctx.plugin.name;
      }
    }
    const identity = { plugin: { name: "greeter", version: "1.0.0" }, instanceId: "hello", now: () => 0 };
    const inside = new Curious("hello", {}, createContext(identity, {} as never));
    expect(inside.look()).toBe("greeter");
    expect(() => new Curious("hello", {}).look()).toThrow(
      'Cannot use ctx of source "hello": it was made without a host',
    );
  });
});

describe("BaseSource.execute", () => {
  test("validates, fetches, asks whether to render, in this order [SIG-9, SIG-10]", async () => {
    const source = new Greeting("hello", { name: "Ada" });
    const [shown] = await source.execute();
    expect([shown, source.steps]).toEqual([content, ["validate", "fetch", "shouldRender"]]);
  });

  test("records the run: times in UTC, success, number of lines [SIG-11, SIG-12, SIG-14, SIG-15, SIG-18]", async () => {
    const before = Date.now();
    const [, metrics] = await make(Greeting).execute();
    expect(metrics).toEqual({
      sourceId: "hello",
      sourceType: "Greeting",
      startedAt: expect.any(Date),
      completedAt: expect.any(Date),
      success: true,
      error: undefined,
      durationSeconds: expect.any(Number),
      dataPoints: 2,
    });
    expect(metrics.startedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(metrics.completedAt!.getTime()).toBeGreaterThanOrEqual(metrics.startedAt.getTime());
    expect(metrics.durationSeconds).toBeGreaterThanOrEqual(0);
    expect(metrics.startedAt.toJSON()).toMatch(/Z$/);
  });

  test.each([
    ["its configuration", "validateConfig"],
    ["its data", "fetchData"],
    ["the question whether to render", "shouldRender"],
  ] as const)(
    "lets no error out when %s fails, and records it [SIG-7, SIG-13, SIG-14, SIG-19]",
    async (_what, step) => {
      class Broken extends Greeting {}
      Object.defineProperty(Broken.prototype, step, {
        value: () => {
          throw new HostError("PLUGIN_FAILED", `${step} went wrong`);
        },
      });
      const [shown, metrics] = await make(Broken).execute();
      expect(shown).toBeUndefined();
      expect(metrics).toMatchObject({ success: false, error: `${step} went wrong`, dataPoints: 0 });
      expect(metrics.completedAt).toBeInstanceOf(Date);
      expect(metrics.durationSeconds).toBeGreaterThanOrEqual(0);
    },
  );

  test("a configuration that is refused never gets to the fetch [SIG-7, SIG-10]", async () => {
    const source = new Greeting("hello", {});
    const [, metrics] = await source.execute();
    expect([metrics.error, source.steps]).toEqual(["greeting: name is required", ["validate"]]);
  });

  test("no data is no success [SIG-6, SIG-11, SIG-12]", async () => {
    class Silent extends Greeting {
      override async fetchData(): Promise<undefined> {}
    }
    const [shown, metrics] = await make(Silent).execute();
    expect([shown, metrics.success, metrics.dataPoints, metrics.error]).toEqual([undefined, false, 0, undefined]);
  });

  test("draws by default, and drops the content when the source declines [SIG-8, SIG-10, SIG-20]", async () => {
    class Shy extends Greeting {
      override async shouldRender(): Promise<boolean> {
        return false;
      }
    }
    expect(await make(Greeting).shouldRender(content)).toBe(true);
    const [shown, metrics] = await make(Shy).execute();
    expect([shown, metrics.success, metrics.dataPoints, metrics.error]).toEqual([undefined, false, 0, undefined]);
  });

  test("hands the signal on", async () => {
    class Patient extends Greeting {
      override async fetchData(signal?: AbortSignal): Promise<SignageContent> {
        signal?.throwIfAborted();
        return content;
      }
    }
    const [, metrics] = await make(Patient).execute(AbortSignal.abort(new Error("too late")));
    expect(metrics.error).toBe("too late");
  });

  test("takes whatever is thrown", async () => {
    class Odd extends Greeting {
      override async fetchData(): Promise<undefined> {
        // oxlint-disable-next-line no-throw-literal -- plain JavaScript does such things
        throw "a text";
      }
    }
    const [, metrics] = await make(Odd).execute();
    expect(metrics.error).toBe("a text");
  });
});
