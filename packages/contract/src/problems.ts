/**
 * One thing wrong in a file, for people and programs. All problems of a file are reported at once.
 */
export interface Problem {
  /** The file, as the user named it. */
  file: string;
  /** From 1; absent when the problem is not at one place. */
  line?: number;
  column?: number;
  /** Where in the document, such as `sources[2].schedule`. */
  path: string;
  /** What is wrong, what is allowed, and the nearest valid name if there is one. One line. */
  message: string;
}

/**
 * The line a person reads: `sources.yaml:7:15 sources[0].schedule: …`.
 *
 * @example
 * formatProblem({ file: "a.yaml", line: 2, column: 3, path: "x", message: "must be a string" });
 * // "a.yaml:2:3 x: must be a string"
 */
export function formatProblem(problem: Problem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`;
  return problem.path === "" ? `${place} ${problem.message}` : `${place} ${problem.path}: ${problem.message}`;
}
