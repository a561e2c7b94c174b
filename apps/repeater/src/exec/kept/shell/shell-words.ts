/** A word that a shell takes as it is, whatever bytes it holds (NUL, which no argument can hold, is refused before). */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names that some shell does not let pass as they are: it forgets them, sets them itself or holds them read-only. */
const OWN_NAMES = new Set(
  "BASHOPTS BASHPID BASH_VERSINFO EUID FUNCNAME GROUPS IFS LINENO OPTIND PPID PS1 PS2 PS4 RANDOM SECONDS SHELLOPTS SHLVL UID _".split(
    " ",
  ),
);

/** Whether a shell hands a variable of this name on to what it starts. */
export function isHandedOn(name: string): boolean {
  return NAME.test(name) && !OWN_NAMES.has(name);
}
