import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failpoints } from "@berth/base";
import { expectNoLeaks } from "@berth/testing";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { drawOnce } from "../src/index.ts";
import { DEFAULT_COLOUR, GOOD, openRig, OTHER_COLOUR, START } from "./signage-rig.ts";

describe("one run of one source", () => {
  test("goes from the file to picture, record and metrics line [SIG-1] [SIG-73] [SIG-86] [SIG-113] [SIG-151]", async () => {
    const asked: unknown[] = [];
    const script = {
      fetch: ({ signal: _signal, ...call }: { signal: AbortSignal }) => {
        asked.push(call);
        return GOOD;
      },
    };
    await using rig = await openRig({ sources: [{ id: "home", config: { city: "Oslo" } }], script });
    const { home } = await rig.runOnce();
    const picture = join(rig.folder, "output/home.png");
    expect(asked).toEqual([{ id: "home", attempt: 1, config: { city: "Oslo" } }]);
    expect(home).toEqual({
      id: "home",
      type: "scripted",
      trigger: "once",
      startedAt: START,
      completedAt: START,
      durationMs: 0,
      outcome: "success",
      dataPoints: 2,
      attempts: 1,
      pictures: [picture],
      correlationId: expect.any(String),
    });
    expect(await facts(picture)).toEqual({ format: "png", width: 160, height: 160, colour: DEFAULT_COLOUR });
    const record = { job: "home", type: "source/scripted", outcome: "success", startedAt: START, trigger: "once" };
    expect(rig.host.storage.runs.latest("home")).toMatchObject(record);
    const metrics = await readFile(join(rig.host.dataFolder, "signage/metrics/metrics-2026-01-05.jsonl"), "utf8");
    expect(
      metrics
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { source_id: "home", source_type: "source/scripted", success: true, data_points: 2, duration_seconds: 0 },
    ]);
    expect(rig.events.map(({ kind }) => kind)).toEqual(["started", "finished"]);
    expect(rig.signage.sources).toMatchObject([{ id: "home", isRunning: false, last: home, cachedAt: START }]);
  });

  test("keeps the five pictures before the present one, and only those of its own id [SIG-86]", async () => {
    await using rig = await openRig({ sources: [{ id: "home" }, { id: "home_2" }] });
    for (let run = 0; run < 8; run++) {
      await rig.runOnce();
      await rig.clock.advance(60_000);
    }
    const archived = await readdir(join(rig.folder, "output/archive"));
    expect(archived.filter((name) => name.startsWith("home-2026"))).toHaveLength(5);
    expect(archived.filter((name) => name.startsWith("home_2-2026"))).toHaveLength(5);
    expect((await readdir(join(rig.folder, "output"))).sort()).toEqual(["archive", "home.png", "home_2.png"]);
  });

  test("writes each picture in every size that the file names", async () => {
    const profiles = [
      { name: "small", width: 200, height: 160 },
      { name: "tall", width: 160, height: 240, dir: "elsewhere" },
    ];
    await using rig = await openRig({ top: { output: { width: 320, height: 180, profiles } } });
    const { home } = await rig.runOnce();
    const files = ["output/home.png", "output/small/home.png", "elsewhere/home.png"].map((file) =>
      join(rig.folder, file),
    );
    expect(home?.pictures).toEqual(files);
    const sizes = await Promise.all(files.map(async (file) => sharp(file).metadata()));
    expect(sizes.map(({ width, height }) => [width, height])).toEqual([
      [320, 180],
      [200, 160],
      [160, 240],
    ]);
    // Each size is laid out for itself, not the first one scaled.
    expect(rig.drawn.map(({ width, height }) => [width, height])).toEqual([
      [320, 180],
      [200, 160],
      [160, 240],
    ]);
  });

  test("that the source declines is skipped: no picture, no failure, and the kept content is as it was", async () => {
    let isWanted = true;
    let title = "first";
    const script = { fetch: () => ({ ...GOOD, title }), shouldRender: () => isWanted };
    await using rig = await openRig({ script });
    await rig.runOnce();
    [isWanted, title] = [false, "second"];
    const { home } = await rig.runOnce();
    expect(home).toMatchObject({ outcome: "skipped", pictures: [], dataPoints: 0 });
    expect(home).not.toHaveProperty("error");
    expect(rig.host.storage.cache.get("signage/scripted/home")?.value).toMatchObject({ title: "first" });
    expect(rig.signage.sources[0]?.breaker).toMatchObject({ state: "closed", failures: 0 });
    expect(rig.drawn.map((drawn) => drawn["title"])).toEqual(["first"]);
    expect(rig.host.storage.runs.latest("home")).toMatchObject({ outcome: "skipped" });
  });

  test("shows the source what it last gave, for whether the new is worth a picture", async () => {
    const compared: unknown[] = [];
    let title = "first";
    const script = {
      fetch: () => ({ ...GOOD, title }),
      shouldRender: ({ content, previous }: { content: { title: string }; previous: { title: string } | null }) => {
        compared.push([content.title, previous?.title]);
        return true;
      },
    };
    await using rig = await openRig({ script });
    await rig.runOnce();
    title = "second";
    await rig.runOnce();
    expect(compared).toEqual([
      ["first", undefined],
      ["second", "first"],
    ]);
  });

  test("is made and drawn although it cannot be recorded, which is said; one record does not hinder the other", async () => {
    const failpoints = new Failpoints();
    await using rig = await openRig({ failpoints });
    const errors = () => rig.host.records.flatMap(({ level, message }) => (level === "error" ? [message] : []));
    {
      using _full = failpoints.arm("storage.commit", () => {
        throw new Error("no space left");
      });
      expect(await rig.runOnce()).toMatchObject({ home: { outcome: "success", pictures: [expect.any(String)] } });
    }
    expect(errors()).toContainEqual(expect.stringMatching(/^Cannot record the run of "home": .*no space left/));
    // Tomorrow's file cannot be made.
    const metrics = join(rig.host.dataFolder, "signage/metrics");
    await rm(metrics, { recursive: true });
    await writeFile(metrics, "in the way");
    await rig.clock.advance(86_400_000);
    expect(await rig.runOnce()).toMatchObject({ home: { outcome: "success" } });
    expect(errors().at(-1)).toMatch(/^Cannot record the run of "home": .*metrics/);
    expect(rig.host.storage.runs.latest("home")).toMatchObject({ startedAt: START + 86_400_000 });
  });

  test("does not stumble over content that another version has kept", async () => {
    const sources = [{ id: "home", retry: { enabled: false }, fallback: { use_cached: true } }];
    const script = { fetch: () => undefined };
    await using rig = await openRig({ sources, script });
    await rig.host.storage.cache.put("signage/scripted/home", { heading: "of old" }, START);
    expect(await rig.runOnce()).toMatchObject({ home: { outcome: "failed", error: { code: "PLUGIN_FAILED" } } });
  });

  test("leaves nothing behind when all is closed", async () => {
    const work = async (): Promise<void> => {
      await using rig = await openRig({});
      expect(await rig.runOnce()).toMatchObject({ home: { outcome: "success" } });
    };
    await work();
    await expectNoLeaks(work);
  });
});

describe("the layout of a picture", () => {
  const wishing = (layout: string) => ({ fetch: () => ({ ...GOOD, layout }) });

  test("is the source's choice where the file says default", async () => {
    await using rig = await openRig({ script: wishing("other") });
    const { home } = await rig.runOnce();
    expect(await facts(home!.pictures[0]!)).toMatchObject({ colour: OTHER_COLOUR });
  });

  test("is the file's choice where it names one", async () => {
    const sources = [{ id: "home", rendering: { layout: "other", background: "gradient" } }];
    await using rig = await openRig({ sources, script: wishing("default") });
    const { home } = await rig.runOnce();
    expect(await facts(home!.pictures[0]!)).toMatchObject({ colour: OTHER_COLOUR });
  });

  test("is the default one where the source wishes for one that nobody provides", async () => {
    await using rig = await openRig({ script: wishing("hologram") });
    const { home } = await rig.runOnce();
    expect(home).toMatchObject({ outcome: "success" });
    expect(await facts(home!.pictures[0]!)).toMatchObject({ colour: DEFAULT_COLOUR });
  });

  test("is refused with the file when nobody provides it, with the nearest one that is there", async () => {
    const sources = [{ id: "home", rendering: { layout: "othr" } }];
    await expect(openRig({ sources })).rejects.toThrow('unknown layout "othr"; did you mean "other"?');
  });
});

describe("drawOnce", () => {
  test("draws what a source gave last, in another layout and size, without asking it", async () => {
    await using rig = await openRig({});
    const { loaded, host, folder: workingFolder } = rig;
    const source = loaded.config.sources[0]!;
    const signal = AbortSignal.timeout(20_000);
    const draw = () =>
      drawOnce({ host, loaded, workingFolder, source, layout: "other", size: { width: 200, height: 180 }, signal });
    await expect(draw()).rejects.toThrow(
      'There is no content of "home" yet: run it once with `berth signage run --once --source home`',
    );
    await rig.runOnce();
    expect(await facts(Buffer.from(await draw()))).toEqual({
      format: "png",
      width: 200,
      height: 180,
      colour: OTHER_COLOUR,
    });
    expect(await readdir(join(rig.folder, "output"))).toEqual(["home.png"]);
  });

  test("draws content from elsewhere, and refuses what is no content", async () => {
    await using rig = await openRig({});
    const { loaded, host, folder: workingFolder } = rig;
    const signal = AbortSignal.timeout(20_000);
    const png = await drawOnce({ host, loaded, workingFolder, content: GOOD, signal });
    expect(await facts(Buffer.from(png))).toMatchObject({ width: 160, colour: DEFAULT_COLOUR });
    const drawing = drawOnce({ host, loaded, workingFolder, content: { title: "no lines" }, signal });
    await expect(drawing).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
  });
});

/** What can be told of a picture; the layouts of these tests fill it with one colour. */
async function facts(picture: string | Buffer) {
  const { format, width, height } = await sharp(picture).metadata();
  const { data } = await sharp(picture)
    .extract({ left: 80, top: 80, width: 1, height: 1 })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { format, width, height, colour: `#${data.subarray(0, 3).toString("hex")}` };
}
