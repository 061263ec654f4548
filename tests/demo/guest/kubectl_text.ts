/**
 * Command lines, paths and tables of the small kubectl.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { formatTable } from "../text.ts";

/** What is asked. */
export interface Command {
  /** What to do. */
  readonly verb: "get" | "delete";
  /** Plural of the kind. */
  readonly plural: string;
  /** Name; absent: all of the kind. */
  readonly name?: string;
  /** Namespace. */
  readonly namespace: string;
  /** Whether all namespaces are meant. */
  readonly allNamespaces: boolean;
  /** Whether JSON is wanted instead of a table. */
  readonly json: boolean;
}

/** Plural and base path, by every name of a kind. */
const KINDS: readonly (readonly [names: string, base: string])[] = [
  ["services service svc", "/api/v1"],
  [
    "endpointslices endpointslice eps",
    "/apis/discovery.k8s.io/v1",
  ],
  ["nodes node no", "/api/v1"],
  ["events event ev", "/api/v1"],
  ["namespaces namespace ns", "/api/v1"],
  ["servicecidrs servicecidr", "/apis/networking.k8s.io/v1"],
];

const CLUSTER_WIDE = ["nodes", "namespaces", "servicecidrs"];

const USAGE = "Usage: kubectl get KIND [NAME] [-n NAMESPACE | -A] [-o json]\n" +
  "       kubectl delete KIND NAME [-n NAMESPACE]\n" +
  `Kinds: ${KINDS.map(([names]) => names.split(" ")[0]).join(", ")}`;

/** Reads a command line; a text says what is wrong with it. */
export function parseCommand(args: readonly string[]): Command | string {
  const flags = parseArgs([...args], {
    string: ["n", "namespace", "o", "output"],
    boolean: ["A", "all-namespaces"],
    alias: { n: "namespace", A: "all-namespaces", o: "output" },
  });
  const [verb, asked = "", name, ...rest] = flags._.map(String);
  const plural = KINDS.map(([names]) => names.split(" "))
    .find((names) => names.includes(asked))?.[0];
  const isKnown = verb === "get" || verb === "delete" && name !== undefined;
  if (!isKnown || plural === undefined || rest.length > 0) return USAGE;
  return {
    verb,
    plural,
    ...(name === undefined ? {} : { name }),
    namespace: flags["n"] || "default",
    allNamespaces: flags["A"],
    json: flags["o"] === "json",
  };
}

/** The path that a command asks. */
export function pathOf(command: Command): string {
  const { plural, name, namespace, allNamespaces } = command;
  const base = KINDS.find(([names]) => names.startsWith(plural))?.[1] ?? "";
  const isWide = CLUSTER_WIDE.includes(plural) || allNamespaces;
  const place = isWide ? "" : `/namespaces/${namespace}`;
  const tail = name === undefined ? "" : `/${name}`;
  return `${base}${place}/${plural}${tail}`;
}

/** A table as the API server sends it, as far as it is read. */
export interface ApiTable {
  /** Columns; those of a priority above 0 are for wide tables. */
  readonly columnDefinitions: readonly {
    readonly name: string;
    readonly priority: number;
  }[];
  /** Rows. */
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object: { readonly metadata: { readonly namespace?: string } };
  }[];
}

/** A table as lines, headings in capitals. */
export function tableLines(
  { columnDefinitions, rows }: ApiTable,
  options: { readonly withNamespace: boolean },
): readonly string[] {
  if (rows.length === 0) return ["No resources found."];
  const shown = columnDefinitions.flatMap(({ priority }, index) =>
    priority === 0 ? [index] : []
  );
  const heading = shown.map((index) =>
    (columnDefinitions[index]?.name ?? "").toUpperCase()
  );
  const lines = rows.map(({ cells }) =>
    shown.map((index) => String(cells[index] ?? ""))
  );
  if (!options.withNamespace) return formatTable([heading, ...lines]);
  return formatTable([
    ["NAMESPACE", ...heading],
    ...lines.map((line, row) => [
      rows[row]?.object.metadata.namespace ?? "",
      ...line,
    ]),
  ]);
}
