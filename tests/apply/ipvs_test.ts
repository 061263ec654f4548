import { assertEquals, assertRejects } from "@std/assert";
import { BatchError, CommandError, createHost } from "#apply";
import type { IpvsOperation } from "#diff";
import { keyOf, server } from "../contract/contract.ts";
import { ScriptedRunner } from "./support.ts";

const PURE = { permissions: "none" } as const;
const WEB = keyOf("-t 10.96.0.1:80");
const ADD: IpvsOperation = { verb: "add-service", server: server(WEB) };

Deno.test(
  "restore() sends one batch, and nothing for no operations",
  PURE,
  async () => {
    const runner = new ScriptedRunner({});
    const { ipvs } = createHost(runner, "nft");
    await ipvs.restore([]);
    await ipvs.restore([ADD, { verb: "delete-service", key: WEB }]);
    assertEquals(runner.asked, [{
      argv: "ipvsadm --restore",
      stdin: "-A -t 10.96.0.1:80 -s rr\n-D -t 10.96.0.1:80\n",
    }]);
  },
);

Deno.test(
  "restore() forgives ipvsadm's warning of versions",
  PURE,
  async () => {
    const stderr = "Warning: IPVS version mismatch: \n" +
      "  Kernel compiled with IPVS version 1.2.0\n" +
      "  ipvsadm (v1.31) requires minimum IPVS version 1.2.1\n\n";
    await createHost(new ScriptedRunner({ stderr }), "nft").ipvs.restore([ADD]);
  },
);

const FAILED = [
  { what: "words on standard error with exit code 0", code: 0, stderr: "No" },
  { what: "exit code 255", code: 255, stderr: "No" },
  { what: "an exit code without a word", code: 137, stderr: "" },
];

for (const { what, code, stderr } of FAILED) {
  Deno.test(`restore() throws at ${what}`, PURE, async () => {
    const { ipvs } = createHost(new ScriptedRunner({ code, stderr }), "nft");
    const error = await assertRejects(() => ipvs.restore([ADD]), BatchError);
    assertEquals([error.code, error.refusals.join()], [code, stderr]);
  });
}

Deno.test(
  "restore() says when the batch was killed for its time",
  PURE,
  async () => {
    const { ipvs } = createHost(new ScriptedRunner({ code: 124 }), "nft");
    const error = await assertRejects(() => ipvs.restore([ADD]), BatchError);
    assertEquals(error.failure, "timeout");
  },
);

Deno.test(
  "listOne() tells an absent virtual server from a failure",
  PURE,
  async () => {
    const runner = new ScriptedRunner(
      { code: 1, stderr: "No such service\n" },
      { code: 1, stderr: "Operation not permitted\n" },
    );
    const { ipvs } = createHost(runner, "nft");
    assertEquals(await ipvs.listOne(keyOf("-f 7 -6")), undefined);
    assertEquals(runner.asked[0]?.argv, "ipvsadm -Ln --exact -f 7 -6");
    await assertRejects(() => ipvs.listOne(WEB), CommandError, "not permitted");
  },
);

Deno.test("list() throws rather than show an empty table", PURE, async () => {
  const runner = new ScriptedRunner({ code: 2, stderr: "no IPVS\n" });
  const { ipvs } = createHost(runner, "nft");
  await assertRejects(() => ipvs.list(), CommandError, "no IPVS");
});
