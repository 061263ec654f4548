/**
 * Signatures of a release, by the real `minisign`: a right one is accepted,
 * and nothing is installed with a wrong one. Debian has no `cosign`: a stand-in
 * shows how it is asked and that its answer counts.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { command } from "../../deploy/build/command.ts";
import { ensurePackages } from "../lab/packages.ts";
import { BareNode, type Run } from "./bare_node.ts";
import { expectUntouched, installTest, version } from "./install_support.ts";

const MINISIGN = "/usr/bin/minisign";

/** A node with a release, `minisign`, and what signs. */
class SignedRelease implements AsyncDisposable {
  readonly node: BareNode;
  readonly #keys: string;

  private constructor(node: BareNode, keys: string) {
    this.node = node;
    this.#keys = keys;
  }

  static async create(): Promise<SignedRelease> {
    await ensurePackages(() => {}, [{ name: "minisign", files: [MINISIGN] }]);
    const node = await BareNode.create();
    await node.bring(MINISIGN);
    await node.release({ version: "1.0.0" });
    return new SignedRelease(node, await Deno.makeTempDir());
  }

  /** Makes a pair of keys of that name; gives the public one. */
  async makeKey(name: string): Promise<string> {
    const pair = ["-p", `${this.#keys}/${name}.pub`, "-s", this.#secret(name)];
    const { code, stderr } = await command(MINISIGN, ["-G", "-W", ...pair]);
    assertEquals(code, 0, stderr);
    const text = await Deno.readTextFile(`${this.#keys}/${name}.pub`);
    return text.trim().split("\n").at(-1) ?? "";
  }

  /** Signs the checksums as they are now. */
  async sign(name: string): Promise<void> {
    const sums = `${this.node.root}/release/SHA256SUMS`;
    const args = ["-S", "-s", this.#secret(name), "-m", sums];
    const { code, stderr } = await command(MINISIGN, args);
    assertEquals(code, 0, stderr);
  }

  /** Installs, and asks for a signature by this key. */
  async install(key: string): Promise<Run> {
    return await this.node.sh(
      `KUBE_PROXY_MINISIGN_KEY=${key} sh /install.sh --base-url=/release`,
    );
  }

  #secret(name: string): string {
    return `${this.#keys}/${name}.key`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#keys, { recursive: true });
    await this.node[Symbol.asyncDispose]();
  }
}

installTest("accepts a right signature", async () => {
  await using release = await SignedRelease.create();
  const key = await release.makeKey("ours");
  await release.sign("ours");
  const run = await release.install(key);
  assertEquals(run.code, 0, run.text);
  assertStringIncludes(run.text, "signature: right (minisign)");
  assertEquals(await version(release.node), "kube-proxy 1.0.0 (test)");
});

const WRONG = "the signature of SHA256SUMS is wrong";

installTest(
  "refuses checksums that were changed after they were signed",
  async () => {
    await using release = await SignedRelease.create();
    const key = await release.makeKey("ours");
    await release.sign("ours");
    // Its checksums are right: only the signature tells.
    await release.node.release({ version: "6.6.6" });
    const before = await release.node.tree();
    const run = await release.install(key);
    await expectUntouched(release.node, before, run, WRONG);
  },
);

installTest("refuses a signature by another key", async () => {
  await using release = await SignedRelease.create();
  const key = await release.makeKey("ours");
  await release.makeKey("theirs");
  await release.sign("theirs");
  const before = await release.node.tree();
  const run = await release.install(key);
  await expectUntouched(release.node, before, run, WRONG);
});

for (const code of [0, 1]) {
  installTest(`asks cosign, which ends with ${code}`, async () => {
    await using node = await BareNode.create();
    await node.release({ version: "1.0.0" });
    await node.write("/release/SHA256SUMS.sigstore.json", "{}\n");
    await node.program(
      "/usr/bin/cosign",
      `#!/bin/sh\necho "cosign $*" >>/calls\nexit ${code}\n`,
    );
    const before = await node.tree();
    const run = await node.install("--no-start");
    const [call = ""] = await node.takeCalls();
    assertStringIncludes(call, "cosign verify-blob --bundle /tmp/");
    assertStringIncludes(
      call,
      "--certificate-oidc-issuer " +
        "https://token.actions.githubusercontent.com " +
        "--certificate-identity-regexp ^https://github.com/ipvs/kube-proxy/" +
        "\\.github/workflows/release\\.yml@refs/tags/v /tmp/",
    );
    if (code === 0) {
      assertEquals(run.code, 0, run.text);
      assertStringIncludes(run.text, "signature: right (cosign)");
    } else await expectUntouched(node, before, run, WRONG);
  });
}
