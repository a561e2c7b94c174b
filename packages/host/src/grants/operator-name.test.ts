import { userInfo } from "node:os";
import { expect, test } from "vitest";
import { operatorName } from "./operator-name.ts";

test("operatorName is the user of the system, and who became it", () => {
  const { username } = userInfo();
  expect(operatorName({})).toBe(username);
  expect(operatorName({ SUDO_USER: "" })).toBe(username);
  expect(operatorName({ SUDO_USER: username })).toBe(username);
  expect(operatorName({ SUDO_USER: "someone\u001B" })).toBe(`${username} (sudo by someone\\u001b)`);
});
