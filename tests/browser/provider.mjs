// A certified provider of OpenID Connect for tests: node provider.mjs. Anybody signs in under any name; the part of the name
// before the dash is their role, the rest the location where they work. It prints its address. It must not know the pages.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const key = (type, options, more) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), use: "sig", ...more });
const client = (client_id, more) => ({ client_id, client_secret: `wachtwoord van ${client_id}`, token_endpoint_auth_method: "client_secret_basic", ...more });
const ROLES = { pagina: "systeem", inrichting: "beheerder" };

const server = createServer();
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [
    // Any port of this machine, as RFC 8252 allows.
    client("pagina", { application_type: "native", redirect_uris: ["http://127.0.0.1/aanmelden/terug"], grant_types: ["authorization_code", "refresh_token", "client_credentials"] }),
    client("inrichting", { redirect_uris: [], response_types: [], grant_types: ["client_credentials"] }),
  ],
  jwks: { keys: [key("rsa", { modulusLength: 2048 }, { alg: "RS256", kid: "rsa" }), key("ec", { namedCurve: "P-256" }, { alg: "ES256", kid: "ec" })] },
  cookies: { keys: ["alleen voor een proef"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  features: {
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      // So short that every request needs a new one.
      getResourceServerInfo: (_, resource) => ({ scope: "", audience: resource, accessTokenFormat: "jwt", accessTokenTTL: 60, jwt: { sign: { alg: "ES256" } } }),
    },
  },
  extraTokenClaims: (_, token) => {
    const [role, ...rest] = (token.accountId ?? `${ROLES[token.clientId]}-`).split("-");
    return { onderdak_rol: role, onderdak_regio: "proef", onderdak_locaties: rest.filter(Boolean) };
  },
  ttl: { ClientCredentials: 60 },
});
provider.Client.prototype.postLogoutRedirectUriAllowed = (uri) => uri.startsWith("http://127.0.0.1:");
for (const wrong of ["server_error", "grant.error", "authorization.error"]) provider.on(wrong, (_, error) => console.log(wrong, error.message, error.error_description ?? ""));
server.on("request", provider.callback());
console.log(`provider ${issuer}`);
