export { supervisionPolicy, type SupervisionPolicy } from "./policy.ts";
export { RestartRules, type Verdict } from "./restart-rules.ts";
