import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A commit to be made. */
export interface CommitOptions {
  /** ISO 8601. */
  date?: string;
  author?: string;
  /** Files and their content. */
  files?: Record<string, string>;
}

/** A real repository in a folder of its own, removed when disposed. */
export class TestRepository implements Disposable {
  readonly folder: string;
  readonly #parent: string;

  constructor(name = "harbour", args: readonly string[] = []) {
    this.#parent = mkdtempSync(join(tmpdir(), "berth-git-"));
    this.folder = join(this.#parent, name);
    mkdirSync(this.folder);
    this.git("init", "--quiet", "--initial-branch=main", ...args);
  }

  /** A folder beside the repository. */
  beside(name: string): string {
    return join(this.#parent, name);
  }

  git(...args: string[]): string {
    return this.#run(args, {});
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  commit(message: string, { date = "2026-04-01T12:00:00Z", author = "Ada", files = {} }: CommitOptions = {}): void {
    for (const [path, content] of Object.entries(files)) this.write(path, content);
    this.git("add", "--all");
    this.#run(["commit", "--quiet", "--allow-empty", "--cleanup=verbatim", `--message=${message}`], {
      GIT_AUTHOR_NAME: author,
      GIT_COMMITTER_NAME: author,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.#parent, { recursive: true, force: true });
  }

  #run(args: string[], env: Record<string, string>): string {
    const alone = {
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      HOME: this.#parent,
      PATH: process.env["PATH"],
    };
    const who = { GIT_AUTHOR_EMAIL: "ada@example.org", GIT_COMMITTER_EMAIL: "ada@example.org" };
    const options = { cwd: this.folder, env: { ...alone, ...who, ...env }, encoding: "utf8", stdio: "pipe" } as const;
    return execFileSync("git", args, options).trim();
  }
}
