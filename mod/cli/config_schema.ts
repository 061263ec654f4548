import {
  check,
  type GenericSchema,
  literal,
  looseObject,
  nullish,
  pipe,
  safeParse,
  union,
  unknown,
} from "valibot";
import { type Field, FIELDS } from "./fields.ts";
import { describeMode } from "./flags.ts";

/** What a file says that it is. */
export const API_VERSION = "kubeproxy.config.k8s.io/v1alpha1";
/** The object's kind. */
export const KIND = "KubeProxyConfiguration";

/** Whether a value says nothing: null, empty, zero, or all of its parts so. */
export function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) {
    return Object.values(value).every(isEmpty);
  }
  return value === undefined || value === null || value === "" ||
    value === 0 || value === false || value === "0" || value === "0s";
}

/** kubeadm writes zero values of all kinds for what nobody asked for. */
function schemaOf({ kind, use, path }: Field): GenericSchema {
  if (use === "honoured" && path !== "healthzBindAddress") {
    return nullish(kind.schema);
  }
  return nullish(union([pipe(unknown(), check(isEmpty)), kind.schema]));
}

function makeSchema(): GenericSchema {
  const root: Record<string, GenericSchema> = {
    apiVersion: literal(API_VERSION),
    kind: literal(KIND),
  };
  const sections = new Map<string, Record<string, GenericSchema>>();
  for (const field of FIELDS) {
    const [section = "", name] = field.path.split(".");
    if (name === undefined) root[section] = schemaOf(field);
    else {
      const entries = sections.get(section) ?? {};
      entries[name] = schemaOf(field);
      sections.set(section, entries);
    }
  }
  for (const [name, entries] of sections) {
    root[name] = nullish(looseObject(entries));
  }
  return looseObject(root);
}

const SCHEMA = makeSchema();

/** What may stand at a path. */
function allowedAt(path: string): string {
  if (path === "apiVersion") return `"${API_VERSION}"`;
  if (path === "kind") return `"${KIND}"`;
  const field = FIELDS.find((one) => one.path === path);
  return field?.kind.allowed ?? "a section";
}

/** The path of the field that an issue is about: deeper parts are its value. */
function fieldPath(keys: readonly unknown[]): string {
  const deep = keys.slice(0, 2).join(".");
  return FIELDS.some(({ path }) => path === deep) ? deep : String(keys[0]);
}

function valueAt(root: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, name) => (value as Record<string, unknown>)[name],
    root,
  );
}

/** Every value of a file that is wrong, one sentence each, by `FIELDS`. */
export function findWrong(root: Readonly<Record<string, unknown>>): string[] {
  const { issues } = safeParse(SCHEMA, root);
  const paths = new Set(
    (issues ?? []).map(({ path }) =>
      fieldPath((path ?? []).map(({ key }) => key))
    ),
  );
  return [...paths].map((path) => {
    const value = valueAt(root, path);
    if (path === "mode" && typeof value === "string") {
      return `mode: ${describeMode(value)}`;
    }
    return `${path}: Cannot use ${JSON.stringify(value)}: ` +
      `allowed is ${allowedAt(path)}`;
  });
}
