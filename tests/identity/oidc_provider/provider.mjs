// An OpenID-certified provider for the sign-in tests. Configured by one JSON object in the first argument:
// {clients: [...], accounts: {subject: {email, ...}}, ttl: {...}}. Prints {"issuer": "..."} when it is ready,
// and ends when its standard input does, so that it never outlives the tests.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const given = JSON.parse(process.argv[2]);

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: given.clients,
    // What is typed into the development form is the subject.
    findAccount: (_context, id) => {
      const account = given.accounts[id];
      return account && { accountId: id, claims: () => ({ ...account, sub: id }) };
    },
    claims: { openid: ['sub', 'auth_time', 'acr', 'amr'], email: ['email', 'email_verified'], profile: ['name', 'locale'] },
    conformIdTokenClaims: false, // claims of the scopes in the ID token too, as most providers do
    pkce: { required: () => true },
    cookies: { keys: ['only for tests'] },
    ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 300, Session: 3600, Grant: 3600, ...given.ttl },
    features: {
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
      revocation: { enabled: true },
    },
  });
  server.on('request', provider.callback());
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
