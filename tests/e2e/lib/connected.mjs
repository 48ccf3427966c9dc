// A client of the package, as npm packs it, connected to a server.
import { installed, sockets } from './package.mjs';

export const { connect } = await installed().part('index');
export const impatient = { base: 40, cap: 200 };

// The client, and all that it says.
export function connected(t, server, { via, ...options } = {}) {
  const { Socket, made } = sockets();
  const client = connect(server.url('', via), { WebSocket: Socket, backoff: impatient, ...options });
  t.after(() => client.close());
  const states = [];
  client.on('state', (state) => states.push(state));
  return { client, states, made, state: () => states.at(-1)?.name, times: (name) => states.filter((state) => state.name === name).length };
}
