import { checkImports } from "./check-imports.ts";

const root = process.argv[2] ?? process.cwd();
const report = checkImports(root);
for (const problem of report.problems) console.error(problem);
console.log(
  `${report.imports} imports in ${report.files} files of ${report.units} folders: ` +
    (report.problems.length === 0 ? "the rules are kept" : `${report.problems.length} break the rules`),
);
process.exitCode = report.problems.length === 0 ? 0 : 1;
