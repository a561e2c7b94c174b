import { readFileSync } from "node:fs";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Starts the files that take long before all others, so that the last worker does not end with one of them alone. A file is slow
 * when its name says that it kills processes, or a test in it has the tag `slow`.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return putSlowFirst(await super.sort(files));
  }
}

export function putSlowFirst<File extends { moduleId: string }>(files: readonly File[]): File[] {
  return [...files.filter(isSlow), ...files.filter((file) => !isSlow(file))];
}

function isSlow({ moduleId }: { moduleId: string }): boolean {
  return moduleId.endsWith("-kill.test.ts") || /tags: (?:\[\s*)?"slow"/.test(readFileSync(moduleId, "utf8"));
}
