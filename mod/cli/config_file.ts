import { parseDocument } from "yaml";
import { describeMode } from "./flags.ts";
import { UsageError } from "./exit_code.ts";
import { type Field, FIELDS } from "./fields.ts";
import { suggest } from "./suggest.ts";
import { BIND } from "./value_kinds.ts";

/** What a configuration file says. */
export interface ConfigFile {
  /** Values that it gives, by path; those that are null are not given. */
  readonly fields: ReadonlyMap<string, unknown>;
  /** What has no effect, one sentence each. */
  readonly warnings: readonly string[];
}

const API_VERSION = "kubeproxy.config.k8s.io/v1alpha1";
const KIND = "KubeProxyConfiguration";
const BY_PATH: ReadonlyMap<string, Field> = new Map(
  FIELDS.map((field) => [field.path, field]),
);
const SECTIONS: ReadonlySet<string> = new Set(
  FIELDS.filter((field) => field.path.includes(".")).map((field) =>
    field.path.slice(0, field.path.indexOf("."))
  ),
);

/** Whether a value says nothing: null, empty, zero, or all of its parts so. */
function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) {
    return Object.values(value).every(isEmpty);
  }
  return value === undefined || value === null || value === "" ||
    value === 0 || value === false || value === "0" || value === "0s";
}

interface Findings {
  readonly fields: Map<string, unknown>;
  readonly warnings: string[];
  readonly errors: string[];
}

function readField(field: Field, value: unknown, findings: Findings): void {
  if (value === null || value === undefined) return;
  if (field.kind === BIND && value === "") return; // "" is the default here
  if (field.path === "mode" && value !== "ipvs" && value !== "") {
    findings.errors.push(`${field.path}: ${describeMode(String(value))}`);
    return;
  }
  const shown = JSON.stringify(value);
  if (field.use === "ignored") {
    if (isEmpty(value) || shown === JSON.stringify(field.initial)) return;
    findings.warnings.push(
      `${field.path} has no effect here: ${field.meaning}`,
    );
  }
  if (!field.kind.check(value)) {
    findings.errors.push(
      `${field.path}: Cannot use ${shown}: allowed is ${field.kind.allowed}`,
    );
    return;
  }
  findings.fields.set(field.path, value);
}

function readSection(
  section: Readonly<Record<string, unknown>>,
  prefix: string,
  findings: Findings,
): void {
  for (const [name, value] of Object.entries(section)) {
    const path = prefix + name;
    const field = BY_PATH.get(path);
    if (field !== undefined) readField(field, value, findings);
    else if (prefix === "" && SECTIONS.has(name)) {
      if (value === null) continue;
      if (typeof value === "object" && !Array.isArray(value)) {
        readSection(value as Record<string, unknown>, `${name}.`, findings);
      } else {
        findings.errors.push(
          `${path}: Cannot use ${JSON.stringify(value)}: allowed is a section`,
        );
      }
    } else if (prefix !== "" || !["apiVersion", "kind"].includes(name)) {
      const meant = suggest(path, BY_PATH.keys());
      const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
      findings.warnings.push(`${path} is no known field${hint}`);
    }
  }
}

/**
 * Reads a KubeProxyConfiguration, YAML or JSON. Unknown fields and fields
 * without effect are warnings.
 *
 * @throws {UsageError} naming every wrong value, and what is allowed
 */
export function parseConfigFile(text: string, name: string): ConfigFile {
  const document = parseDocument(text, { uniqueKeys: false });
  const problems = document.errors.map((error) =>
    `Cannot read ${name}: ${error.message.split("\n")[0]}`
  );
  if (problems.length > 0) throw new UsageError(problems);
  return readConfig(document.toJS(), name);
}

/**
 * Reads a KubeProxyConfiguration that has been parsed; see `parseConfigFile`.
 *
 * @throws {UsageError} naming every wrong value, and what is allowed
 */
export function readConfig(root: unknown, name: string): ConfigFile {
  if (typeof root !== "object" || root === null || Array.isArray(root)) {
    throw new UsageError([`Cannot read ${name}: it is no ${KIND}`]);
  }
  const findings: Findings = { fields: new Map(), warnings: [], errors: [] };
  const { apiVersion, kind } = root as Record<string, unknown>;
  for (
    const [field, value, wanted] of [
      ["apiVersion", apiVersion, API_VERSION],
      ["kind", kind, KIND],
    ]
  ) {
    if (value === wanted) continue;
    findings.errors.push(
      `${field}: Cannot use ${JSON.stringify(value)}: allowed is "${wanted}"`,
    );
  }
  readSection(root as Record<string, unknown>, "", findings);
  if (findings.errors.length > 0) {
    throw new UsageError(findings.errors.map((line) => `${name}: ${line}`));
  }
  return findings;
}
