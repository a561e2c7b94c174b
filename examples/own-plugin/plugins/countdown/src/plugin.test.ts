import { join } from "node:path";
import { openTestSource } from "@berth/testing";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "..");
const open = (date: string, now = 0) =>
  openTestSource({ folder, source: "countdown", config: { date }, now: () => now });

test("counts the days by the host's clock [SIG-158]", async () => {
  await using source = await open("2030-01-01", Date.UTC(2029, 11, 29, 12));
  expect(await source.fetch()).toMatchObject({ title: "Until 2030-01-01", headline: { value: "3", caption: "days" } });
});

test("refuses what is no date, naming the field", async () => {
  await expect(open("soon")).rejects.toThrow("date must match");
});
