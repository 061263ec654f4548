/**
 * The manifests against the types of the Kubernetes API: unknown, missing and
 * wrong fields are found by TypeScript and by the package's validators.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { DaemonSet } from "kubernetes-models/apps/v1";
import {
  ClusterRole,
  ClusterRoleBinding,
} from "kubernetes-models/rbac.authorization.k8s.io/v1";
import { ServiceAccount } from "kubernetes-models/v1";
import { parseAllDocuments } from "yaml";
import { command } from "../../deploy/build/command.ts";

const FOLDER = new URL("../../deploy/", import.meta.url);

/** Kinds by name: how they are validated, and where their types are. */
const KINDS = {
  DaemonSet: [DaemonSet, "apps/v1"],
  ClusterRole: [ClusterRole, "rbac.authorization.k8s.io/v1"],
  ClusterRoleBinding: [ClusterRoleBinding, "rbac.authorization.k8s.io/v1"],
  ServiceAccount: [ServiceAccount, "v1"],
} as const;

interface Manifest {
  readonly kind: keyof typeof KINDS;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // deno-lint-ignore no-explicit-any -- any object of the API
  readonly [field: string]: any;
}

async function readManifests(): Promise<Manifest[]> {
  const all: Manifest[] = [];
  for (const name of ["rbac.yaml", "daemonset.yaml"]) {
    const text = await Deno.readTextFile(new URL(name, FOLDER));
    for (const document of parseAllDocuments(text)) {
      assertEquals(document.errors, []);
      all.push(document.toJS());
    }
  }
  return all;
}

/** What TypeScript says of these objects as literals of their types. */
async function checkTypes(manifests: readonly Manifest[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  const lines = manifests.map((one, index) => {
    const [, module] = KINDS[one.kind];
    return `import type { I${one.kind} as T${index} } from ` +
      `"npm:kubernetes-models@5.1.0/${module}";\n` +
      `export const o${index}: T${index} = ${JSON.stringify(one)};\n`;
  });
  await Deno.writeTextFile(`${folder}/manifests.ts`, lines.join(""));
  const args = ["check", "--no-lock", "--no-config", "manifests.ts"];
  const said = await command(Deno.execPath(), args, { cwd: folder });
  await Deno.remove(folder, { recursive: true });
  return said.code === 0 ? "" : said.stderr;
}

Deno.test("deploy/: every object is valid", async () => {
  const manifests = await readManifests();
  assertEquals(manifests.map(({ kind }) => kind), [
    ...["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "DaemonSet"],
  ]);
  for (const one of manifests) {
    const [Model] = KINDS[one.kind];
    // deno-lint-ignore no-explicit-any -- the validator looks at it
    new Model(one as any).validate();
  }
  assertEquals(await checkTypes(manifests), "");
});

Deno.test("deploy/: an unknown and a wrong field are found", async () => {
  const [, , , set] = structuredClone(await readManifests());
  assert(set !== undefined);
  set["spec"].template.spec.hostNetwrok = true;
  set["spec"].minReadySeconds = "5";
  const said = await checkTypes([set]);
  assert(said.includes("hostNetwrok"), said);
  assert(
    said.includes("Type 'string' is not assignable to type 'number'"),
    said,
  );
});
