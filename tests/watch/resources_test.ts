import { assertEquals } from "@std/assert";
import {
  endpointSliceSpec,
  nodeSpec,
  serviceCidrSpec,
  serviceSpec,
} from "../../mod/watch/resources.ts";

Deno.test("the specs select at the server", { permissions: "none" }, () => {
  const decode = (object: unknown) => object;
  const specs = [
    serviceSpec(decode),
    endpointSliceSpec(decode),
    nodeSpec("node-1", decode),
    serviceCidrSpec(decode),
  ];
  assertEquals(
    specs.map(({ path, labelSelector = "", fieldSelector = "", optional }) =>
      [path, labelSelector, fieldSelector, optional ? "optional" : ""].join(" ")
    ),
    [
      "/api/v1/services !service.kubernetes.io/service-proxy-name " +
      "spec.clusterIP!=None ",
      "/apis/discovery.k8s.io/v1/endpointslices " +
      "!service.kubernetes.io/headless  ",
      "/api/v1/nodes  metadata.name=node-1 ",
      "/apis/networking.k8s.io/v1/servicecidrs   optional",
    ],
  );
});
