import { malformed, overLimit } from "../capability-errors.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const MOST_VARIABLES = 100;
const MOST_CHARACTERS = 65_536;

/**
 * Variables that make an ordinary program load, run or trust something else: loaders, interpreters, shells, pagers, editors, Git's
 * hooks into other programs, glibc's own list for privileged programs.
 */
const REFUSED_NAMES = new Set([
  "_JAVA_OPTIONS",
  "BASHOPTS",
  "BASH_ENV",
  "BROWSER",
  "CDPATH",
  "CLASSPATH",
  "EDITOR",
  "ENV",
  "GCONV_PATH",
  "GETCONF_DIR",
  "GLOBIGNORE",
  "HOME",
  "HOSTALIASES",
  "IFS",
  "JAVA_TOOL_OPTIONS",
  "JDK_JAVA_OPTIONS",
  "LESSCLOSE",
  "LESSOPEN",
  "LOCALDOMAIN",
  "LOCPATH",
  "MANPAGER",
  "NIS_PATH",
  "NLSPATH",
  "PAGER",
  "PATH",
  "PROMPT_COMMAND",
  "PS4",
  "RESOLV_HOST_CONF",
  "RES_OPTIONS",
  "SHELL",
  "SHELLOPTS",
  "SSH_ASKPASS",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  "SUDO_ASKPASS",
  "TMPDIR",
  "TZDIR",
  "VISUAL",
]);
const REFUSED_PREFIXES = [
  "BASH_FUNC_",
  "BERTH_",
  "DYLD_",
  "GIT_",
  "GLIBC_",
  "LD_",
  "MALLOC_",
  "NODE_",
  "NPM_",
  "OPENSSL_",
  "PERL",
  "PYTHON",
  "RUBY",
];
/** Of Git's: who wrote a commit, and two that only make it quieter. */
const GIT_ALLOWED = /^GIT_(?:(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)|TERMINAL_PROMPT|OPTIONAL_LOCKS)$/;

/** What a program is told of language, time and terminal; no program takes options, or the place of its settings, from these. */
const HARMLESS = /^(?:LANG|LC_[A-Z]{1,20}|TZ|TERM|COLUMNS|LINES|NO_COLOR|FORCE_COLOR)$/;

/** Whether the host passes a variable of this name on to a program that may be run with some arguments only. */
export function isVariableHarmless(name: string): boolean {
  return HARMLESS.test(name) || GIT_ALLOWED.test(name);
}

/** Whether the host passes a variable of this name on. Deliberately blind to case: some systems are. */
export function isVariableAllowed(name: string): boolean {
  const upper = name.toUpperCase();
  if (GIT_ALLOWED.test(upper)) return true;
  return !REFUSED_NAMES.has(upper) && !REFUSED_PREFIXES.some((prefix) => upper.startsWith(prefix));
}

/**
 * A copy of the variables a plugin wants to pass, proved to be names and text. Whether each may be passed is another question.
 *
 * @throws HostError `CONTRACT_BROKEN`, or `LIMIT_EXCEEDED` when they are too many.
 */
export function checkVariables(env: unknown): [name: string, value: string][] {
  if (env === undefined) return [];
  if (typeof env !== "object" || env === null) throw malformed("Cannot run a program: env must map names to text");
  const variables = Object.entries(env as Record<string, unknown>).map(([name, value]): [string, string] => {
    if (!NAME.test(name) || typeof value !== "string" || value.includes("\0")) {
      throw malformed("Cannot run a program: env must map names of letters, digits and _ to text");
    }
    return [name, value];
  });
  const characters = variables.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (variables.length > MOST_VARIABLES || characters > MOST_CHARACTERS) {
    throw overLimit(
      `Cannot run a program: env holds more than ${MOST_VARIABLES} variables or ${MOST_CHARACTERS} characters`,
    );
  }
  return variables;
}
