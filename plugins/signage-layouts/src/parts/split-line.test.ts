import { describe, expect, test } from "vitest";
import { splitLine } from "./split-line.ts";

describe("splitLine", () => {
  test.each([
    ["Humidity: 82 %", { label: "Humidity", value: "82 %" }],
    ["  Next watering:   18:30 ", { label: "Next watering", value: "18:30" }],
    ["09:30  Market on Pike Street", { lead: "09:30", value: "Market on Pike Street" }],
    ["9.30 pm Dinner", { lead: "9.30 pm", value: "Dinner" }],
    ["https://example.org/a", { value: "https://example.org/a" }],
    [
      "A sentence that is far too long to be a label: it goes on",
      { value: "A sentence that is far too long to be a label: it goes on" },
    ],
    ["14:05", { value: "14:05" }],
    ["", { value: "" }],
  ])("reads %j", (line, expected) => {
    expect(splitLine(line)).toEqual({ whole: line.trim(), ...expected });
  });
});
