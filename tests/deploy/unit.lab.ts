/**
 * What systemd says of the unit, where systemd is.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { command } from "../../deploy/build/command.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const hasSystemd = await Deno.stat("/usr/bin/systemd-analyze")
  .then(() => true, () => false);

Deno.test({
  name: "systemd-analyze scores the unit at most 3.0",
  ignore: !hasSystemd,
  async fn() {
    const { stdout, stderr } = await command("systemd-analyze", [
      ...["security", "--offline=yes", "--no-pager", "kube-proxy.service"],
    ], { cwd: ROOT });
    const score = /exposure level for kube-proxy\.service: ([\d.]+)/
      .exec(stdout)?.[1];
    assert(score !== undefined, stdout + stderr);
    assert(Number(score) <= 3, `${score}`);
    const docs = await Deno.readTextFile(`${ROOT}docs/install.md`);
    assert(docs.includes(`scores ${score}`), `docs/install.md: not ${score}`);
  },
});

Deno.test({
  name: "systemd-analyze verifies the unit",
  ignore: !hasSystemd,
  async fn() {
    const folder = await Deno.makeTempDir();
    const unit = await Deno.readTextFile(`${ROOT}kube-proxy.service`);
    await Deno.writeTextFile(
      `${folder}/kube-proxy.service`,
      unit.replace(/\/usr\/local\/bin\/kube-proxy/g, "/bin/true"),
    );
    const said = await command("systemd-analyze", [
      ...["verify", "--man=no", `${folder}/kube-proxy.service`],
    ]);
    await Deno.remove(folder, { recursive: true });
    const lines = said.stderr.split("\n").filter((line) =>
      line.includes("kube-proxy") &&
      // Known to systemd 254 and later.
      !/Unknown key '(RestartSteps|RestartMaxDelaySec)'/.test(line)
    );
    assertEquals(lines, []);
  },
});
