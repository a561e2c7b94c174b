import { ERROR_CODES, type ErrorInfo } from "@berth/contract";
import { type Generated, pageHead, table } from "../generated-file.ts";

/** The page of error codes. */
export function generateErrorCodes(): Generated {
  const rows = Object.entries<ErrorInfo>(ERROR_CODES).map(([code, { fault, status, retry, help }]) => [
    `\`${code}\``,
    fault,
    String(status),
    retry ? "yes" : "no",
    `${help}.`,
  ]);
  const content = [
    pageHead("Error codes", "packages/contract/src/error-codes.ts"),
    "Every error of Berth carries one of these codes. Codes are stable: never renamed, never reused. *Fault* says whose doing it is: " +
      "what a plugin does wrong is contained and counted, a fault of the host is a bug in Berth. *Again* says whether the same call may " +
      "succeed later without anybody changing anything.\n",
    `${table(["code", "fault", "HTTP status", "again", "what to do"], rows)}\n`,
  ].join("\n");
  return { files: [{ path: "docs/reference/error-codes.md", content }], problems: [] };
}
