import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseBuildArguments } from "../../deploy/build/arguments.ts";
import { howToGetStub, lacksStub } from "../../deploy/build/compiled.ts";
import {
  fillHeader,
  makePortable,
  sha256,
} from "../../deploy/build/portable.ts";
import { stamp } from "../../deploy/build/program.ts";
import {
  compileFlags,
  permissionFlags,
  runFlags,
} from "../../deploy/build/run_flags.ts";
import { checkRuntime } from "../../deploy/build/runtime.ts";
import { libraryKeys, makeSbom, parseLocked } from "../../deploy/build/sbom.ts";
import config from "../../deno.json" with { type: "json" };
import { lacks } from "../support/permission.ts";

const NOTHING = { permissions: "none" } as const;

Deno.test("parseBuildArguments() reads what the usage says", NOTHING, () => {
  assertEquals(parseBuildArguments([], "x86_64"), {
    isPortable: false,
    isQuick: false,
    architecture: "x86_64",
    output: "dist/kube-proxy",
    alsoRun: [],
  });
  assertEquals(
    parseBuildArguments([
      ...[
        "--portable",
        "--quick",
        "--arch=aarch64",
        "--output=a/b",
        "--runtime=/d",
      ],
      "--allow-run=aws,/opt/x",
    ], "x86_64"),
    {
      isPortable: true,
      isQuick: true,
      architecture: "aarch64",
      output: "a/b",
      runtime: "/d",
      alsoRun: ["aws", "/opt/x"],
    },
  );
});

for (
  const argument of [
    "--portable=yes",
    "--arch",
    "--arch=riscv64",
    "x",
    "--allow-run=a b",
    "--allow-run=$(id)",
  ]
) {
  Deno.test(`parseBuildArguments() refuses ${argument}`, NOTHING, () => {
    assertThrows(() => parseBuildArguments([argument], "x86_64"));
  });
}

Deno.test(
  "both builds have the agent's permissions, and no others",
  NOTHING,
  () => {
    const permissions = permissionFlags(config);
    for (const flags of [runFlags(config), compileFlags(config)]) {
      const allowed = flags.filter((flag) => flag.startsWith("--allow"));
      assertEquals(allowed, permissions);
      assert(flags.includes("--no-prompt"));
      assert(
        !flags.some((flag) => /allow-all|^-A|allow-(ffi|import)/.test(flag)),
      );
    }
    assert(permissions.some((flag) => /^--allow-run=conntrack,ip,/.test(flag)));
    assert(!permissions.includes("--allow-run"));
    assert(!permissions.includes("--allow-write"));
    assert(!permissions.includes("--allow-read"));
    const more = permissionFlags(config, ["aws"]);
    assert(more.some((flag) => /^--allow-run=.*,aws$/.test(flag)));
  },
);

Deno.test("permissionFlags() refuses what a script would read", NOTHING, () => {
  const evil = { permissions: { agent: { read: ["/etc; reboot"] } } };
  assertThrows(() => permissionFlags(evil), Error, "in a script");
  assertThrows(() => permissionFlags({ permissions: {} }));
});

Deno.test(
  "stamp() puts the commit in, and takes the machine out",
  NOTHING,
  () => {
    const bundle = "// ../../root/.cache/deno/npm/host.org/yaml/2.9.1/a.js\n" +
      'const STAMP = "@commit@";\n' +
      '"../../srv/me/.cache/deno/npm/localhost:80/x/1.0.0/b.js"(exports) {}\n';
    assertEquals(
      stamp(bundle, "0123456789ab"),
      '// npm/yaml/2.9.1/a.js\nconst STAMP = "0123456789ab";\n' +
        '"npm/x/1.0.0/b.js"(exports) {}\n',
    );
    assertThrows(() => stamp("nothing", "a"), Error, "0 places");
  },
);

Deno.test("fillHeader() leaves no name open", NOTHING, () => {
  assertEquals(fillHeader("a @B@ c", { B: "b" }), "a b c");
  assertThrows(() => fillHeader("@B@", {}), Error, "asks for B");
});

Deno.test("makePortable() says where its parts begin", NOTHING, () => {
  const encoder = new TextEncoder();
  const file = makePortable({
    header: "@RUNTIME_AT@ @RUNTIME_PACKED@ @PROGRAM_AT@ @PROGRAM_PACKED@\n",
    runtime: encoder.encode("runtime ".repeat(100)),
    program: encoder.encode("program"),
    flags: [],
    version: "1",
    commit: "c",
    architecture: "x86_64",
  });
  const head = new TextDecoder().decode(file.slice(0, 60)).split("\n")[0] ?? "";
  const [at = 0, bytes = 0, next = 0, last = 0] = head.split(" ").map(Number);
  assertEquals(at, head.length + 2);
  assertEquals(at + bytes, next);
  assertEquals(next + last, file.length + 1);
  // Both begin as gzip does, without a time.
  for (const start of [at, next]) {
    assertEquals([...file.slice(start - 1, start + 7)], [
      ...[0x1f, 0x8b, 8, 0, 0, 0, 0, 0],
    ]);
  }
});

Deno.test(
  "checkRuntime() knows Linux executables by architecture",
  NOTHING,
  () => {
    const bytes = new Uint8Array(20);
    bytes.set([0x7f, 0x45, 0x4c, 0x46]);
    bytes[18] = 183;
    checkRuntime(bytes, "aarch64");
    assertThrows(() => checkRuntime(bytes, "x86_64"), Error, "for x86_64");
    assertThrows(() => checkRuntime(new Uint8Array(), "aarch64"));
  },
);

Deno.test(
  "a stub that cannot be fetched is told from other failures",
  NOTHING,
  () => {
    assert(lacksStub("error sending request for url (https://dl.deno.land/x)"));
    assert(!lacksStub("TS2307 [ERROR]: Cannot find module"));
    const text = howToGetStub("aarch64");
    for (const word of ["DENORT_BIN=", "--portable", "aarch64-unknown-linux"]) {
      assert(text.includes(word), word);
    }
  },
);

Deno.test(
  "makeSbom() has what the program reaches, and the same bytes each time",
  NOTHING,
  () => {
    assertEquals(parseLocked("@a/b@1.2.3_c@4"), {
      name: "@a/b",
      version: "1.2.3",
    });
    const lock = {
      npm: {
        "yaml@2.9.1": { integrity: "sha512-AAEC", dependencies: ["b@1.0.0"] },
        "b@1.0.0": { dependencies: ["yaml"] },
        "b@2.0.0": {},
        "fast-check@4.0.0": { dependencies: ["pure-rand"] },
        "pure-rand@8.0.0": {},
      },
    };
    const imports = {
      yaml: "npm:yaml@2.9.1",
      "fast-check": "npm:fast-check@4.0.0",
      "#watch": "./mod/watch/mod.ts",
    };
    const files = [["kube-proxy", sha256("x")]] as const;
    const input = { version: "1.0.0", lock, imports, files };
    const text = makeSbom(input);
    assertEquals(text, makeSbom(input));
    const { packages, files: listed, spdxVersion } = JSON.parse(text);
    assertEquals(spdxVersion, "SPDX-2.3");
    assertEquals(
      packages.map(({ name }: { name: string }) => name),
      ["kube-proxy", "deno", "b", "yaml"],
    );
    assertEquals(packages[2].versionInfo, "1.0.0");
    assertEquals(packages[3].checksums[0].checksumValue, "000102");
    assertEquals(listed[0].fileName, "./kube-proxy");
  },
);

Deno.test("the list of parts has the libraries, and none of tests", {
  ignore: lacks("lock", { name: "read", path: "./" }),
}, async () => {
  const lock = JSON.parse(await Deno.readTextFile("deno.lock"));
  const keys = libraryKeys({ imports: config.imports, lock });
  const names = new Set(keys.map((key) => parseLocked(key).name));
  for (const one of ["@kubernetes/client-node", "yaml", "deno-std", "undici"]) {
    assert(names.has(one), one);
  }
  for (const one of ["fast-check", "pure-rand", "ajv", "playwright-core"]) {
    assert(!names.has(one), one);
  }
});
