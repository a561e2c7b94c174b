export { assertContent } from "./assert-content.ts";
export { createTestContext, type TestContext, type TestContextOptions } from "./create-test-context.ts";
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
