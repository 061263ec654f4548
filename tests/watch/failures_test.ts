import { assertEquals, assertMatch } from "@std/assert";
import { understand } from "../../mod/watch/failures.ts";
import anonymous from "../apiserver/recordings/error-403-anonymous.json" with {
  type: "json",
};
import badContinue from "../apiserver/recordings/error-bad-continue.json" with {
  type: "json",
};
import oldVersion from "../apiserver/recordings/error-exact-old-version.json" with {
  type: "json",
};
import tooLarge from "../apiserver/recordings/error-version-too-large.json" with {
  type: "json",
};

const PURE = { permissions: "none" } as const;

Deno.test("understand() knows what a real server means", PURE, () => {
  const meanings = [anonymous, badContinue, oldVersion, tooLarge].map(
    (status) =>
      understand({
        status: status.code,
        body: JSON.stringify(status),
        message: "",
      }).meaning,
  );
  assertEquals(meanings, ["forbidden", "unsupported", "expired", "ahead"]);
});

Deno.test(
  "understand() says what to do about a missing permission",
  PURE,
  () => {
    const { message } = understand({
      status: 403,
      body: JSON.stringify(anonymous),
      message: "",
    });
    assertMatch(
      message,
      /HTTP 403.*bind it to a ClusterRole with list and watch/,
    );
  },
);

Deno.test(
  "understand() puts the header before the body of Retry-After",
  PURE,
  () => {
    const body = JSON.stringify(tooLarge);
    const failure = { status: 504, body, message: "" };
    assertEquals(understand(failure).retryAfterSeconds, 1);
    const header = { ...failure, retryAfterSeconds: 9 };
    assertEquals(understand(header).retryAfterSeconds, 9);
  },
);

Deno.test("understand() takes what never arrived for broken", PURE, () => {
  const failure = { status: 0, body: "", message: "no route" };
  assertEquals(understand(failure), {
    meaning: "broken",
    retryAfterSeconds: 0,
    message: "no route",
  });
});
