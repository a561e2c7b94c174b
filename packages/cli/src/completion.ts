import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

const SHELLS = ["bash", "zsh", "fish", "powershell"];

/**
 * `berth completion SHELL` prints a completion script, as kubectl, gh and docker do; the script asks the hidden `complete` command,
 * which the library adds.
 */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("print a shell completion script")
    .argument("<shell>", `one of ${SHELLS.join(", ")}`)
    .addHelpText("after", "\nExample:\n  berth completion bash > ~/.local/share/bash-completion/completions/berth\n")
    .action(async (shell: string, _options: unknown, command: Command) => {
      if (!SHELLS.includes(shell)) command.error(`error: unknown shell "${shell}"; use one of ${SHELLS.join(", ")}`);
      await program.parseAsync(["complete", shell], { from: "user" });
    });
  tab(program);
}
