import { parseDocument } from "yaml";
import { findWrong, isEmpty, KIND } from "./config_schema.ts";
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

const BY_PATH: ReadonlyMap<string, Field> = new Map(
  FIELDS.map((field) => [field.path, field]),
);
const SECTIONS: ReadonlySet<string> = new Set(
  FIELDS.filter((field) => field.path.includes(".")).map((field) =>
    field.path.slice(0, field.path.indexOf("."))
  ),
);

interface Findings {
  readonly fields: Map<string, unknown>;
  readonly warnings: string[];
}

/** Takes a value that the schema allows. */
function readField(field: Field, value: unknown, findings: Findings): void {
  if (value === null || value === undefined) return;
  if (field.kind === BIND && value === "") return; // "" is the default here
  if (field.use === "ignored") {
    const isDefault = JSON.stringify(value) === JSON.stringify(field.initial);
    if (isEmpty(value) || isDefault) return;
    findings.warnings.push(
      `${field.path} has no effect here: ${field.meaning}`,
    );
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
      readSection(
        (value ?? {}) as Record<string, unknown>,
        `${name}.`,
        findings,
      );
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
  const config = root as Readonly<Record<string, unknown>>;
  const wrong = findWrong(config);
  if (wrong.length > 0) {
    throw new UsageError(wrong.map((line) => `${name}: ${line}`));
  }
  const findings: Findings = { fields: new Map(), warnings: [] };
  readSection(config, "", findings);
  return findings;
}
