import { expect, test } from "vitest";
import { Capture } from "./capture.ts";

test("Capture keeps the beginning, and says that more came", () => {
  const capture = new Capture(5);
  capture.add(Buffer.from("abc"));
  expect([capture.text(), capture.isCut]).toEqual(["abc", false]);
  capture.add(Buffer.from("defg"));
  capture.add(Buffer.from("h"));
  expect([capture.text(), capture.isCut]).toEqual(["abcde", true]);
});
