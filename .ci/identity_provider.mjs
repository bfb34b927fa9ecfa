// A real, certified identity provider for the tests: oidc-provider on loopback, in memory.
//
//   PORT=9091 node identity_provider.mjs
//
// Prints "ready" when it answers and serves until its standard input ends, so a test
// process that is killed leaves nothing behind. `POST /control` with JSON changes it:
//   portal   the address of the portal: where answers and logout tokens go
//   people   {login: {password, claims}}: who has an account, and what is said of them
//   claims   put over those of every ID token, which is signed again with the same key:
//            this is how the provider turns hostile; null takes a claim away
//   seconds  how long an ID token lasts
//   rotate   true: from now on sign with another key
// `POST /sign` with claims answers with a token of them, signed like its own.
import crypto from "node:crypto";
import http from "node:http";
import { Provider } from "oidc-provider";
import { SignJWT, decodeJwt, importJWK } from "jose";

const port = Number(process.env.PORT);
const issuer = `http://127.0.0.1:${port}`;
const SCOPE = "openid offline_access email profile groups";

function newKey() {
  const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kid = crypto.randomBytes(8).toString("hex");
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid };
}

const set = { portal: "http://testserver", people: {}, claims: null, seconds: 3600 };
const cookieKey = crypto.randomBytes(16).toString("hex");
let keys = [newKey()];
let provider;
let serve;

function build() {
  provider = new Provider(issuer, {
    clients: [
      {
        client_id: "portal",
        client_secret: "portal-secret-portal-secret-000001",
        redirect_uris: [`${set.portal}/sso/callback`],
        post_logout_redirect_uris: [`${set.portal}/login`],
        backchannel_logout_uri: `${set.portal}/sso/back-channel-logout`,
        backchannel_logout_session_required: true,
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    jwks: { keys },
    cookies: { keys: [cookieKey] },
    pkce: { required: () => true },
    claims: {
      openid: ["sub", "groups", "oid", "hd", "_claim_names", "hasgroups"],
      email: ["email", "email_verified"],
      profile: ["name", "preferred_username"],
    },
    // what it says of people stands in the ID token, as at Okta and Entra ID
    conformIdTokenClaims: false,
    ttl: { IdToken: set.seconds, AccessToken: 600, Interaction: 600, Session: 86400, Grant: 86400 },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = `<!doctype html><html lang="en"><title>Sign out</title>${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button></html>`;
        },
        // its own page asks for fonts from elsewhere
        postLogoutSuccessSource: (ctx) => {
          ctx.body = `<!doctype html><html lang="en"><title>Signed out</title><h1>Signed out</h1></html>`;
        },
      },
      backchannelLogout: { enabled: true },
    },
    // its own refuses addresses of this machine, and the portal is one: logout tokens
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    async findAccount(ctx, id) {
      const person = set.people[id];
      return person && { accountId: id, claims: async () => ({ sub: id, ...person.claims }) };
    },
    async loadExistingGrant(ctx) {
      const { client, session, result } = ctx.oidc;
      const known = result?.consent?.grantId || session.grantIdFor(client.clientId);
      if (known) return provider.Grant.find(known);
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(SCOPE);
      await grant.save();
      return grant;
    },
  });
  serve = provider.callback();
}

async function read(request) {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}

async function sign(told) {
  const key = await importJWK(keys[0], "RS256");
  const claims = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null));
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: keys[0].kid }).sign(key);
}

// The answer of the token endpoint, with the ID token exchanged for another.
async function serveForged(request, response) {
  const write = response.end.bind(response);
  response.end = async (body) => {
    const told = JSON.parse(body);
    if (told.id_token) told.id_token = await sign({ ...decodeJwt(told.id_token), ...set.claims });
    const text = JSON.stringify(told);
    response.setHeader("content-length", Buffer.byteLength(text));
    write(text);
  };
  return serve(request, response);
}

async function control(request, response) {
  const { rotate, ...changed } = JSON.parse(await read(request));
  Object.assign(set, changed);
  if (rotate) keys = [newKey()];
  // a new one has forgotten who is signed in
  if (rotate || "portal" in changed || "seconds" in changed) build();
  response.end("{}");
}

const PAGE = `<!doctype html><html lang="en"><title>Sign in</title><main><h1>Sign in</h1>
<form method="post"><label>User <input name="login"></label>
<label>Password <input type="password" name="password"></label><button>Sign in</button></form></main></html>`;

async function interact(request, response) {
  if (request.method === "GET") {
    await provider.interactionDetails(request, response);
    response.setHeader("content-type", "text/html; charset=utf-8");
    return response.end(PAGE);
  }
  const told = new URLSearchParams(await read(request));
  const person = set.people[told.get("login")];
  if (person?.password !== told.get("password")) {
    response.statusCode = 401;
    return response.end(PAGE);
  }
  const login = { accountId: told.get("login") };
  return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
}

build();
http
  .createServer(async (request, response) => {
    try {
      if (request.url === "/control") return await control(request, response);
      if (request.url === "/sign") return response.end(await sign(JSON.parse(await read(request))));
      if (request.url.startsWith("/interaction/")) return await interact(request, response);
      if (request.url === "/token" && set.claims) return await serveForged(request, response);
      return serve(request, response);
    } catch (error) {
      response.statusCode = 400;
      response.end(String(error));
    }
  })
  .listen(port, "127.0.0.1", () => console.log("ready"));
process.stdin.resume().on("end", () => process.exit(0));
