// Plain requests by Node's own clients: what came, as text, with its headers. Self-signed certificates are taken.
import http from 'node:http';
import https from 'node:https';
import { within } from './deadline.mjs';

export function request(server, path, { method = 'GET', headers = {}, agent = false } = {}) {
  const answer = new Promise((resolve, reject) => {
    const made = (server.secure ? https : http).request(
      { host: server.host, port: server.port, path, method, headers, agent, rejectUnauthorized: false }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          const body = Buffer.concat(parts).toString();
          resolve({ status: response.statusCode, headers: response.headers, body, get json() { return JSON.parse(body); } });
        });
        response.on('error', reject);
      });
    made.on('error', reject);
    made.end();
  });
  return within(answer, 10_000, `an answer to ${method} ${path}`);
}

// The JSON of an answer that must be good.
export async function get(server, path, options) {
  const { status, body } = await request(server, path, options);
  if (status !== 200) throw new Error(`${path} was answered with ${status}: ${body}`);
  return JSON.parse(body);
}
