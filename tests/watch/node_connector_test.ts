import { assertEquals, assertRejects } from "@std/assert";
import { NodeConnector } from "../../mod/watch/node_connector.ts";
import { startMirror, testSocket, textOf } from "./tls_support.ts";

testSocket(
  "NodeConnector shows a client certificate to a server that it does not check",
  async () => {
    await using mirror = await startMirror();
    const { cert, key } = await mirror.authority.issue({ commonName: "agent" });
    const connector = new NodeConnector({ skipTlsVerify: true });
    const { status, retryAfter, body } = await connector.send({
      url: `${mirror.server.url}/x`,
      method: "POST",
      headers: { Authorization: "Bearer t" },
      body: "text",
      signal: new AbortController().signal,
    }, { certificate: cert, key, headers: {} });
    const seen = JSON.parse(await textOf(body));
    assertEquals([status, retryAfter], [200, "3"]);
    assertEquals(
      [seen.clientName, seen.authorization, seen.body],
      ["agent", "Bearer t", "text"],
    );
    connector.close();
  },
);

testSocket("NodeConnector ends what runs when it is closed", async () => {
  await using mirror = await startMirror();
  mirror.server.script((_, response) => {
    response.write("begun");
  });
  const connector = new NodeConnector({ skipTlsVerify: true });
  const { body } = await connector.send({
    url: mirror.server.url,
    method: "GET",
    headers: {},
    signal: new AbortController().signal,
  }, { headers: {} });
  setTimeout(() => connector.close(), 20);
  await assertRejects(() => textOf(body));
});
