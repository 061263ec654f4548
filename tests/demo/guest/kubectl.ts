/**
 * The part of kubectl that a look around needs, for machines without it: it
 * asks the API server for tables and prints them.
 *
 * @module
 */

import { parse } from "yaml";
import {
  type Command,
  parseCommand,
  pathOf,
  tableLines,
} from "./kubectl_text.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

interface Kubeconfig {
  readonly clusters: readonly [{
    readonly cluster: {
      readonly server: string;
      readonly "certificate-authority-data": string;
    };
  }];
  readonly users: readonly [{
    readonly user: {
      readonly "client-certificate-data": string;
      readonly "client-key-data": string;
    };
  }];
}

async function ask(command: Command): Promise<readonly string[]> {
  const text = await Deno.readTextFile(Deno.env.get("KUBECONFIG") ?? "");
  const config = parse(text) as Kubeconfig;
  const { clusters: [{ cluster }], users: [{ user }] } = config;
  const client = Deno.createHttpClient({
    caCerts: [atob(cluster["certificate-authority-data"])],
    cert: atob(user["client-certificate-data"]),
    key: atob(user["client-key-data"]),
  });
  const wantsTable = command.verb === "get" && !command.json;
  const response = await fetch(`${cluster.server}${pathOf(command)}`, {
    method: command.verb === "delete" ? "DELETE" : "GET",
    headers: { accept: wantsTable ? TABLE : "application/json" },
    client,
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  if (command.verb === "delete") {
    return [`${command.plural} "${command.name}" deleted`];
  }
  return wantsTable
    ? tableLines(answer, { withNamespace: command.allNamespaces })
    : JSON.stringify(answer, undefined, 2).split("\n");
}

if (import.meta.main) {
  const command = parseCommand(Deno.args);
  try {
    if (typeof command === "string") throw new Error(command);
    // deno-lint-ignore no-console -- the answer
    for (const line of await ask(command)) console.log(line);
  } catch (error) {
    // deno-lint-ignore no-console -- a complaint
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
