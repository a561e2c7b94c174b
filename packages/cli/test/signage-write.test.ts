import { describe, expect, test } from "vitest";
import { openProject } from "./run-cli.ts";

describe("berth signage init", () => {
  test("writes a file that is right as it stands, and says what to do next", async () => {
    await using project = await openProject();
    const { code, out } = await project.run(["signage", "init"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Wrote sources\.yaml with \d+ sources, \d+ switched on\. Please review it/);
    expect(out).toContain("Then: berth signage run --once\n");
    expect(await project.run(["signage", "validate"])).toMatchObject({ code: 0, out: expect.stringContaining("fine") });
    expect(await project.read("sources.yaml")).toContain("# ");
  });

  test("never writes over a file, unless told to", async () => {
    await using project = await openProject({ sources: "sources: []\n" });
    expect(await project.run(["signage", "init"])).toEqual({
      code: 2,
      out: "",
      err: "berth: Cannot write sources.yaml: it is there already; use --force to replace it, or name another file\n",
    });
    expect(await project.read("sources.yaml")).toBe("sources: []\n");
    expect(await project.run(["signage", "init", "--config", "tv.yaml"])).toMatchObject({ code: 0 });
    expect(await project.run(["signage", "init", "--force"])).toMatchObject({ code: 0 });
    expect(await project.read("sources.yaml")).toBe(await project.read("tv.yaml"));
  });
});

describe("berth signage migrate", () => {
  const env = { OPENWEATHER_API_KEY: "0123456789abcdef", WEATHER_CITY: "Oslo" };

  test.each([[["migrate"]], [["run", "--migrate"]]])(
    "(as %j) writes a file from the old settings that is right, and holds no key [SIG-79] [SIG-87] [SIG-88] [SIG-172]",
    async (way) => {
      await using project = await openProject();
      const { code, out } = await project.run(["signage", ...way], { env });
      expect(code).toBe(0);
      expect(out).toMatch(/^Wrote sources\.yaml with 1 source, 1 switched on\. Please review it/);
      const text = await project.read("sources.yaml");
      expect(text).toContain("api_key: ${OPENWEATHER_API_KEY}");
      expect(text).toContain("Oslo");
      expect(text).not.toContain(env.OPENWEATHER_API_KEY);
      expect(await project.run(["signage", "validate"], { env })).toMatchObject({ code: 0 });
      expect(await project.run(["signage", "validate"])).toMatchObject({
        code: 2,
        out: expect.stringContaining("the environment variable OPENWEATHER_API_KEY is not set"),
      });
    },
  );

  test("reads .env, or the file it is told, and notes what is only there [SIG-87]", async () => {
    await using project = await openProject();
    await project.write(".env", "OPENWEATHER_API_KEY=from-dot-env\n");
    await project.write("old.env", "OPENWEATHER_API_KEY=from-old\nWEATHER_CITY=Rome\n");
    expect(await project.run(["signage", "migrate"])).toMatchObject({
      code: 0,
      err: expect.stringContaining("note: OPENWEATHER_API_KEY: only in .env"),
    });
    await project.run(["signage", "migrate", "--env-file", "old.env", "--config", "old.yaml"]);
    expect(await project.read("old.yaml")).toContain("Rome");
    expect(await project.run(["signage", "run", "--migrate", "--env-file", "old.env", "--dry-run"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("Rome"),
    });
  });

  test("--dry-run prints what it would write; a second one is refused [SIG-79]", async () => {
    await using project = await openProject();
    const { out } = await project.run(["signage", "migrate", "--dry-run"], { env });
    await project.run(["signage", "migrate"], { env });
    expect(await project.read("sources.yaml")).toBe(out);
    expect(await project.run(["signage", "migrate"], { env })).toMatchObject({
      code: 2,
      err: expect.stringContaining("it is there already; use --force"),
    });
    expect(await project.run(["signage", "migrate", "--force"], { env })).toMatchObject({ code: 0 });
  });
});
