/**
 * The stand-in API server as a program of its own.
 *
 *     deno run -A tests/apiserver/serve.ts --listen 127.0.0.1:6443 --dir DIR
 *
 * Writes into DIR: `ca.crt`, `kubeconfig` (an administrator by certificate),
 * `token.kubeconfig` (the same by bearer token), and `NAME.kubeconfig` for
 * each `--client`. Prints "ready URL" when it listens; ends on SIGTERM.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { parseAllDocuments } from "yaml";
import { CertificateAuthority } from "./certificates.ts";
import { listOf, objectOf } from "./json.ts";
import { kubeconfig } from "./kubeconfig.ts";
import {
  ApiServer,
  ApiStore,
  type Json,
  type JsonObject,
  seedCluster,
} from "./mod.ts";

const USAGE = `Usage: serve.ts [options]
  --listen ADDR:PORT   where to listen (127.0.0.1:6443); port 0: any
  --dir DIR            where to write ca.crt and the kubeconfigs
  --tls | --plain      HTTPS (default), or HTTP without credentials
  --san NAME           further name or address of the server (repeatable)
  --client CN[/GROUP]  further client, to DIR/CN.kubeconfig (repeatable);
                       ":" in CN becomes "-" in the file's name
  --server URL         address in the kubeconfigs, when not that of --listen
  --service-cidr CIDR  service range (10.96.0.0/12; repeatable)
  --objects FILE       YAML or JSON objects to begin with (repeatable)
  --bookmark-ms N      milliseconds between bookmarks (60000)
  --watch-seconds N    seconds that a watch lasts when it does not say (2400)
  --no-streaming-lists do not offer sendInitialEvents`;

/** What the program is asked for. */
export interface Arguments {
  /** Address to listen on. */
  readonly hostname: string;
  /** Port to listen on; 0: any. */
  readonly port: number;
  /** Where to write files. */
  readonly dir: string | undefined;
  /** HTTP without credentials. */
  readonly isPlain: boolean;
  /** Further names of the server. */
  readonly names: readonly string[];
  /** Further clients. */
  readonly clients: readonly string[];
  /** Address in the kubeconfigs. */
  readonly server: string | undefined;
  /** Service ranges. */
  readonly serviceCidrs: readonly string[];
  /** Files of objects to begin with. */
  readonly objects: readonly string[];
  /** Milliseconds between bookmarks. */
  readonly bookmarkMs: number;
  /** Seconds that a watch lasts. */
  readonly watchSeconds: number;
  /** Whether streaming lists are offered. */
  readonly streamingLists: boolean;
}

/** Reads the command line; undefined when it makes no sense. */
export function readArguments(args: readonly string[]): Arguments | undefined {
  const flags = parseArgs([...args], {
    boolean: ["tls", "plain", "help", "streaming-lists"],
    negatable: ["streaming-lists"],
    string: [
      "listen",
      "dir",
      "san",
      "client",
      "server",
      "service-cidr",
      "objects",
      "bookmark-ms",
      "watch-seconds",
    ],
    collect: ["san", "client", "service-cidr", "objects"],
    default: {
      "listen": "127.0.0.1:6443",
      "streaming-lists": true,
      "bookmark-ms": "60000",
      "watch-seconds": "2400",
    },
  });
  const listen = /^\[?(.*?)\]?:(\d+)$/.exec(flags.listen);
  if (flags.help || listen === null || flags._.length > 0) return undefined;
  const cidrs = flags["service-cidr"].map(String);
  return {
    hostname: listen[1] || "0.0.0.0",
    port: Number(listen[2]),
    dir: flags.dir,
    isPlain: flags.plain,
    names: flags.san.map(String),
    clients: flags.client.map(String),
    server: flags.server,
    serviceCidrs: cidrs.length === 0 ? ["10.96.0.0/12"] : cidrs,
    objects: flags.objects.map(String),
    bookmarkMs: Number(flags["bookmark-ms"]),
    watchSeconds: Number(flags["watch-seconds"]),
    streamingLists: flags["streaming-lists"],
  };
}

async function loadObjects(store: ApiStore, file: string): Promise<void> {
  const text = await Deno.readTextFile(file);
  // A large file of JSON costs the YAML parser gigabytes.
  const documents: Json[] = file.endsWith(".json")
    ? [JSON.parse(text)]
    : parseAllDocuments(text).map((document) => document.toJS());
  for (const document of documents) {
    const value: JsonObject = objectOf(document);
    const kind = String(value["kind"] ?? "");
    const objects = kind.endsWith("List") ? listOf(value["items"]) : [value];
    for (const object of objects) {
      const item = objectOf(object);
      const type = String(item["kind"] ?? kind.replace(/List$/, ""));
      if (type !== "") store.apply(type, item);
    }
  }
}

async function writeClients(
  args: Arguments,
  context: {
    readonly ca: CertificateAuthority | undefined;
    readonly url: string;
    readonly token: string;
  },
): Promise<void> {
  const { dir } = args;
  if (dir === undefined) return;
  await Deno.mkdir(dir, { recursive: true });
  const { ca, token } = context;
  const server = args.server ?? context.url;
  const clients = ["kubeconfig=admin/system:masters", ...args.clients];
  for (const text of clients) {
    const [, file, commonName = "", group] =
      /^(?:(kubeconfig)=)?([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
    const path = `${dir}/${
      file ?? `${commonName.replaceAll(":", "-")}.kubeconfig`
    }`;
    const organizations = group === undefined ? [] : [group];
    const config = ca === undefined ? { server } : {
      server,
      ca: ca.pair.cert,
      client: await ca.issue({ commonName, organizations }),
    };
    await Deno.writeTextFile(path, kubeconfig(config));
  }
  if (ca === undefined) return;
  await Deno.writeTextFile(`${dir}/ca.crt`, ca.pair.cert);
  await Deno.writeTextFile(
    `${dir}/token.kubeconfig`,
    kubeconfig({ server, ca: ca.pair.cert, token }),
  );
}

/** Starts the server that the arguments ask for. */
export async function serve(args: Arguments): Promise<ApiServer> {
  const { hostname, port, names, serviceCidrs } = args;
  const store = new ApiStore({ serviceCidrs });
  const ca = args.isPlain ? undefined : await CertificateAuthority.create();
  const own = ["localhost", "127.0.0.1", "::1", "kubernetes", "10.96.0.1"];
  const tls = await ca?.issue({
    commonName: "kube-apiserver",
    names: [...new Set([...own, hostname, ...names])],
  });
  const token = crypto.randomUUID();
  const user = { name: "admin", groups: ["system:masters"] };
  const server = await ApiServer.start({
    store,
    hostname,
    port,
    auth: { tokens: new Map([[token, user]]) },
    bookmarkMs: args.bookmarkMs,
    watchSeconds: args.watchSeconds,
    streamingLists: args.streamingLists,
    ...(ca === undefined || tls === undefined
      ? {}
      : { tls: { ...tls, ca: ca.pair.cert } }),
  });
  const address = hostname === "0.0.0.0" ? "127.0.0.1" : hostname;
  seedCluster(store, { address, port: server.port, serviceCidrs });
  for (const file of args.objects) await loadObjects(store, file);
  await writeClients(args, { ca, url: server.url, token });
  return server;
}

if (import.meta.main) {
  const args = readArguments(Deno.args);
  if (args === undefined) {
    // deno-lint-ignore no-console -- the program's own usage
    console.error(USAGE);
    Deno.exit(2);
  }
  const server = await serve(args);
  // deno-lint-ignore no-console -- tells the caller that it listens
  console.log(`ready ${server.url}`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => {
      server.stop().then(() => Deno.exit(0));
    });
  }
}
