import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { bomb, type Mood, picture, PhotoServer } from "../../../test/photo-server.ts";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { type BackgroundRequest, prepareBackground } from "./prepare-background.ts";
import type { PreparedBackground } from "./prepared-background.ts";

const noFetch = (): Promise<Response> => Promise.reject(new Error("a local background fetches nothing"));

function request(folder: string, log: string[], more: Partial<BackgroundRequest>): BackgroundRequest {
  return {
    mode: "local",
    backgroundsDir: join(folder, "backgrounds"),
    cacheDir: join(folder, "cache"),
    width: 64,
    height: 32,
    fetch: noFetch,
    clock: new ManualClock(Date.parse("2026-10-09T12:00:00Z")),
    log: (level, message) => log.push(`${level}: ${message}`),
    ...more,
  };
}

async function savePictures(folder: string, pictures: Record<string, string>): Promise<void> {
  for (const [name, background] of Object.entries(pictures)) {
    const path = join(folder, "backgrounds", name);
    await mkdir(join(path, ".."), { recursive: true });
    await sharp({ create: { width: 40, height: 40, channels: 3, background } }).toFile(path);
  }
}

/** The first pixel of a photo. */
function colour(background: PreparedBackground): number[] {
  return background.kind === "photo" ? [...background.pixels.subarray(0, 3)] : [];
}

describe("prepareBackground local", () => {
  test("takes a picture of the first folder that has one [SIG-33] [SIG-34]", async () => {
    await using folder = await temporaryFolder();
    const log: string[] = [];
    await savePictures(folder.path, { "weather/any/a.png": "#c00000", "weather/cloudy/notes.png": "#00c000" });
    await writeFile(join(folder.path, "backgrounds/weather/cloudy/notes.txt"), "no picture");
    const either = request(folder.path, log, { query: "weather/snow | weather/any|weather/cloudy" });
    const background = await prepareBackground(either);
    expect([background.kind, colour(background), log]).toEqual(["photo", [0xc0, 0, 0], []]);
  });

  test("picks by the given chance, whatever the case of the ending", async () => {
    await using folder = await temporaryFolder();
    await savePictures(folder.path, { "a.png": "#c00000", "b.jpeg": "#00c000", "c.jpg": "#0000c0" });
    const pick = async (chance: number): Promise<number> =>
      colour(await prepareBackground(request(folder.path, [], { random: () => chance }))).findIndex(
        (part) => part > 100,
      );
    expect([await pick(0), await pick(0.5), await pick(0.99)]).toEqual([0, 1, 2]);
  });

  test("covers the sheet from the middle of the picture", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "backgrounds"));
    await writeFile(join(folder.path, "backgrounds/tall.jpg"), await picture());
    const background = await prepareBackground(request(folder.path, [], { width: 60, height: 60 }));
    if (background.kind !== "photo") throw new Error("a gradient came back");
    expect(background).toMatchObject({ width: 60, height: 60 });
    expect(background.pixels.length).toBe(60 * 60 * 3);
    expect([background.pixels[0]! > 200, background.pixels.at(-1)! > 150]).toEqual([true, true]);
  });

  test("goes on to another picture when one is broken", async () => {
    await using folder = await temporaryFolder();
    await savePictures(folder.path, { "b.png": "#00c000" });
    await writeFile(join(folder.path, "backgrounds/a.jpg"), (await picture()).subarray(0, 300));
    const background = await prepareBackground(request(folder.path, [], { random: () => 0 }));
    expect(colour(background)).toEqual([0, 0xc0, 0]);
  });

  test.each([
    ["no folder of that name", "missing", "missing: ENOENT"],
    ["a way out of the folder", "../outside", "lies outside the folder of backgrounds"],
    ["a link out of the folder", "link", "lies outside the folder of backgrounds"],
    ["a folder without pictures", "none", "holds no .jpg, .jpeg or .png"],
    ["a picture that claims too many pixels", "bomb", "bomb.png: Input image exceeds pixel limit"],
    ["a picture that is a document", "svg", "it is no JPEG, PNG or WebP picture"],
  ])("ends in the gradient and a warning with %s [SIG-33]", async (_, query, reason) => {
    await using folder = await temporaryFolder();
    const log: string[] = [];
    await savePictures(folder.path, { "../outside/a.png": "#c00000" });
    for (const name of ["none", "bomb", "svg"])
      await mkdir(join(folder.path, "backgrounds", name), { recursive: true });
    await symlink(join(folder.path, "outside"), join(folder.path, "backgrounds/link"));
    await writeFile(join(folder.path, "backgrounds/bomb/bomb.png"), bomb());
    await writeFile(join(folder.path, "backgrounds/svg/a.png"), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const background = await prepareBackground(request(folder.path, log, { query }));
    expect([background.kind, log.length]).toEqual(["gradient", 1]);
    expect(log[0]).toMatch(/^warn: No local background, a gradient is drawn instead: /);
    expect(log[0]).toContain(reason);
  });

  test("does not warn where there is no folder of backgrounds at all", async () => {
    await using folder = await temporaryFolder();
    const log: string[] = [];
    expect((await prepareBackground(request(folder.path, log, {}))).kind).toBe("gradient");
    expect(log).toEqual([expect.stringMatching(/^debug: /)]);
  });
});

type Service = "unsplash" | "pexels";

function search(
  folder: string,
  server: PhotoServer,
  log: string[],
  mode: Service,
  more: Partial<BackgroundRequest> = {},
): BackgroundRequest {
  return request(folder, log, {
    mode,
    query: "rainy harbour",
    keys: { unsplash: "u-key", pexels: "p-key" },
    endpoints: { unsplash: server.url, pexels: server.url },
    fetch: (url, init) => fetch(url, init),
    ...more,
  });
}

describe.each<[Service, string, string, string]>([
  ["unsplash", "/search/photos", "Client-ID u-key", "Photo: Ada Example, Unsplash"],
  ["pexels", "/v1/search", "p-key", "Photo: Ben Example, Pexels"],
])("prepareBackground %s", (mode, path, authorization, credit) => {
  test("asks for ten landscapes, takes the first, shows the key to the search alone [SIG-33]", async () => {
    await using folder = await temporaryFolder();
    await using server = await PhotoServer.open();
    const log: string[] = [];
    const background = await prepareBackground(search(folder.path, server, log, mode));
    expect([background.kind, log]).toEqual(["photo", []]);
    expect(background).toMatchObject({ width: 64, height: 32, credit });
    const [asked, fetched] = server.requests;
    expect(asked).toMatchObject({ path, headers: { authorization } });
    expect(asked!.query).toEqual({ query: "rainy harbour", orientation: "landscape", per_page: "10" });
    expect(fetched).toMatchObject({ path: "/photo", query: { w: "64", h: "32", fit: "crop" } });
    expect(fetched!.headers.authorization).toBeUndefined();
  });

  test("asks again only after seven days, for another query, or for another size", async () => {
    await using folder = await temporaryFolder();
    await using server = await PhotoServer.open();
    const clock = new ManualClock(Date.parse("2026-10-09T12:00:00Z"));
    const asked = async (more: Partial<BackgroundRequest> = {}): Promise<number> => {
      const before = server.requests.length;
      const background = await prepareBackground(search(folder.path, server, [], mode, { clock, ...more }));
      expect(background).toMatchObject({ kind: "photo", credit });
      return server.requests.length - before;
    };
    expect([await asked(), await asked()]).toEqual([2, 0]);
    expect([await asked({ query: "forest" }), await asked({ width: 65 })]).toEqual([2, 2]);
    clock.setWallClock(clock.now() + 7 * 24 * 3_600_000 - 1);
    expect(await asked()).toBe(0);
    clock.setWallClock(clock.now() + 1);
    expect(await asked()).toBe(2);
    // What is past its time is gone: one picture with its note is left.
    expect(await readdir(join(folder.path, "cache"))).toHaveLength(2);
  });

  test("fetches anew what is broken in the cache", async () => {
    await using folder = await temporaryFolder();
    await using server = await PhotoServer.open();
    await prepareBackground(search(folder.path, server, [], mode));
    const kept = (await readdir(join(folder.path, "cache"))).find((name) => name.endsWith(".img"))!;
    await writeFile(join(folder.path, "cache", kept), "broken");
    const background = await prepareBackground(search(folder.path, server, [], mode));
    expect([background.kind, server.requests.length]).toEqual(["photo", 4]);
  });

  test.each<[Mood, string]>([
    ["unauthorized", "it answered 401: check the key"],
    ["rate-limited", "it answered 429: the key's allowance is used up"],
    ["server-error", "it answered 500"],
    ["malformed", "its answer is no JSON"],
    ["empty", 'has no picture for "rainy harbour"'],
    ["elsewhere", "which is not one of its hosts"],
    ["redirect", "fetch failed"],
    // Where the cut is noticed is up to the network.
    ["truncated", " gave no picture: "],
    ["not-a-picture", "it is no JPEG, PNG or WebP picture"],
    ["bomb", "Input image exceeds pixel limit"],
  ])("ends in the gradient and a warning when the service is %s [SIG-33]", async (mood, reason) => {
    await using folder = await temporaryFolder();
    await using server = await PhotoServer.open();
    server.mood = mood;
    const log: string[] = [];
    const background = await prepareBackground(search(folder.path, server, log, mode));
    expect([background.kind, log.length]).toEqual(["gradient", 1]);
    expect(log[0]).toMatch(/^warn: /);
    expect(log[0]).toContain(reason);
    expect(log[0]).not.toMatch(/[up]-key/);
    expect(await readdir(join(folder.path, "cache")).catch(() => [])).toEqual([]);
  });

  test.each([
    ["no key", { keys: {} }, "needs a key and none is set"],
    ["no query", { query: "" }, "needs a query and none is set"],
  ])("ends in the gradient without asking when there is %s", async (_, more, reason) => {
    await using folder = await temporaryFolder();
    await using server = await PhotoServer.open();
    const log: string[] = [];
    expect((await prepareBackground(search(folder.path, server, log, mode, more))).kind).toBe("gradient");
    expect([server.requests.length, log[0]]).toEqual([0, expect.stringContaining(reason)]);
  });

  test("gives a slow service up after 15 s", async () => {
    await using folder = await temporaryFolder();
    await using server = await PhotoServer.open();
    server.mood = "slow";
    const clock = new ManualClock(0);
    const log: string[] = [];
    const arrived = server.nextRequest();
    const prepared = prepareBackground(search(folder.path, server, log, mode, { clock }));
    await arrived;
    await clock.advance(15_000);
    expect((await prepared).kind).toBe("gradient");
    expect([log[0], clock.pendingTimers]).toEqual([expect.stringContaining("no answer within 15 s"), 0]);
  });

  test("rejects with the caller's reason when nobody waits any more", async () => {
    await using folder = await temporaryFolder();
    await using server = await PhotoServer.open();
    server.mood = "slow";
    const controller = new AbortController();
    const clock = new ManualClock(0);
    const arrived = server.nextRequest();
    const prepared = prepareBackground(search(folder.path, server, [], mode, { clock, signal: controller.signal }));
    await arrived;
    controller.abort(new Error("the run was cancelled"));
    await expect(prepared).rejects.toThrow("the run was cancelled");
    expect(clock.pendingTimers).toBe(0);
  });
});
