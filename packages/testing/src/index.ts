export { assertContent } from "./assert-content.ts";
export { createTestContext, type TestContext, type TestContextOptions } from "./create-test-context.ts";
export { createTestHost, type TestHost, type TestHostOptions } from "./create-test-host.ts";
export { expectNoLeaks, type LeakCheckOptions } from "./expect-no-leaks.ts";
export {
  MISBEHAVING,
  type MisbehavingConfig,
  type MisbehavingOptions,
  CRASH_FAULTS,
  type CrashFault,
  PLUGIN_FAULTS,
  type PluginFault,
  SOURCE_FAULTS,
  type SourceFault,
  writeMisbehaving,
} from "./misbehaving-plugin.ts";
export { openTestSource, type TestSource, type TestSourceOptions } from "./open-test-source.ts";
export {
  type ModeOptions,
  openRecordedServer,
  type ReceivedRequest,
  RecordedServer,
  type RecordedServerOptions,
} from "./recorded-server.ts";
export { ANSWER_MODES, type AnswerMode, type Recording } from "./recording.ts";
export type { TestService } from "./test-capabilities.ts";
export { type PluginToWrite, writePlugin } from "./write-plugin.ts";
