/**
 * openid-client, a stranger, signs somebody in: it prints where a browser has to go,
 * reads where the browser came back to, and prints what it learned.
 *
 * Arguments: issuer, client_id, secret or a private JWK, "push" or "plain".
 */
import { createInterface } from "node:readline";
import * as client from "openid-client";

const [issuer, clientId, secret, how] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function authentication() {
  if (!secret.startsWith("{")) return client.ClientSecretBasic(secret);
  const jwk = JSON.parse(secret);
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
  return client.PrivateKeyJwt({ key, kid: jwk.kid });
}

const config = await client.discovery(
  new URL(issuer),
  clientId,
  { id_token_signed_response_alg: "RS256" },
  await authentication(),
  { execute: [client.allowInsecureRequests] },
);
const verifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const parameters = {
  redirect_uri: "https://bank.example/callback",
  scope: "openid profile certificate",
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state: expectedState,
  nonce: expectedNonce,
  max_age: "300",
};
const build =
  how === "push"
    ? client.buildAuthorizationUrlWithPAR
    : client.buildAuthorizationUrl;
console.log((await build(config, parameters)).href);

const { value: back } = await lines.next();
const tokens = await client.authorizationCodeGrant(config, new URL(back), {
  pkceCodeVerifier: verifier,
  expectedState,
  expectedNonce,
  maxAge: 300,
  idTokenExpected: true,
});
const claims = tokens.claims();
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
const bye = client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: "https://bank.example/bye",
});
console.log(JSON.stringify({ claims, userinfo, bye: bye.href }));
process.exit(0);
