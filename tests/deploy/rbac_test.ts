import { assert, assertEquals } from "@std/assert";
import { parseAllDocuments } from "yaml";
import config from "../../deno.json" with { type: "json" };
import { joinManifests } from "../../deploy/build/release.ts";
import {
  endpointSliceSpec,
  nodeSpec,
  serviceCidrSpec,
  serviceSpec,
} from "../../mod/watch/resources.ts";
import { lacks } from "../support/permission.ts";

const ignore = lacks("deploy", { name: "read", path: "./" });

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** "group/resource verb" of each permission. */
function permissions(rules: readonly Rule[]): string[] {
  return rules.flatMap(({ apiGroups: [group], resources, verbs }) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => `${group}/${resource} ${verb}`)
    )
  ).sort();
}

/** The same of what is followed, from its path. */
function followed(path: string): string[] {
  const [, group = "", resource = ""] =
    /^\/api(?:s\/([^/]+))?\/v1\/(\w+)$/.exec(path) ?? [];
  assert(resource !== "", path);
  return ["list", "watch"].map((verb) => `${group}/${resource} ${verb}`);
}

Deno.test("the ClusterRole has what is followed and told, and no more", {
  ignore,
}, async () => {
  const text = await Deno.readTextFile("deploy/rbac.yaml");
  const role = parseAllDocuments(text).map((one) => one.toJS())
    .find(({ kind }) => kind === "ClusterRole");
  const decode = () => {
    throw new Error("never");
  };
  const specs = [
    serviceSpec(decode),
    endpointSliceSpec(decode),
    nodeSpec("node-1", decode),
    serviceCidrSpec(decode),
  ];
  assertEquals(
    permissions(role.rules),
    [
      ...specs.flatMap(({ path }) => followed(path)),
      // mod/watch/event_sink.ts: one POST, then PATCH.
      "events.k8s.io/events create",
      "events.k8s.io/events patch",
    ].sort(),
  );
});

Deno.test(
  "the DaemonSet runs the image of this version, and a release has it",
  {
    ignore,
  },
  async () => {
    const objects = parseAllDocuments(await joinManifests())
      .map((one) => one.toJS());
    assertEquals(objects.map(({ kind }) => kind), [
      ...["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "DaemonSet"],
    ]);
    const [container] = objects[3].spec.template.spec.containers;
    assertEquals(container.image, `ghcr.io/ipvs/kube-proxy:v${config.version}`);
  },
);

Deno.test("the DaemonSet keeps away from kube-proxy, and keeps its record", {
  ignore,
}, async () => {
  const text = await Deno.readTextFile("deploy/daemonset.yaml");
  const { spec } = parseAllDocuments(text)[0]?.toJS().spec.template;
  const [rule] = spec.affinity.podAntiAffinity
    .requiredDuringSchedulingIgnoredDuringExecution;
  assertEquals(rule.labelSelector.matchLabels, { "k8s-app": "kube-proxy" });
  const [container] = spec.containers;
  const places = new Map<string, string>(
    container.volumeMounts.map((
      { name, mountPath }: { name: string; mountPath: string },
    ) => [mountPath, name]),
  );
  const run = spec.volumes.find(({ name }: { name: string }) =>
    name === places.get("/run/kube-proxy")
  );
  assertEquals(run.hostPath.path, "/run/kube-proxy");
  for (const { name } of spec.volumes) {
    assert([...places.values()].includes(name), `${name} is mounted nowhere`);
  }
});
