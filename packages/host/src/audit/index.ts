/** What commands need to look at the audit log, whether a host runs or not. */
export {
  type AuditPlaces,
  type AuditProblem,
  type AuditQuery,
  type AuditRecord,
  type AuditVerdict,
  listSegments,
  matches,
  openAuditKey,
  readAudit,
  verifyAudit,
} from "@berth/storage/audit";
export { auditOf, knownHead } from "./look-at-audit.ts";
