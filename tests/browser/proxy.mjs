// A site that has Memoscope at two paths: /memo/ is taken away before a request is passed on, /lab/memo/ is left.
// Usage: node proxy.mjs PORT TARGET

import { createServer } from "node:http";

import { createProxyServer } from "httpxy";

const [port, target] = process.argv.slice(2);
const proxy = createProxyServer({ target });
const PATHS = [
  { prefix: "/memo", passed: (url) => url.slice("/memo".length) },
  { prefix: "/lab/memo", passed: (url) => url },
];

createServer((request, response) => {
  const path = PATHS.find(({ prefix }) => request.url.startsWith(`${prefix}/`));
  if (!path) {
    response.writeHead(404).end("Another part of this site");
    return;
  }
  request.url = path.passed(request.url);
  proxy.web(request, response, { headers: { "X-Forwarded-Prefix": path.prefix } }).catch(() => response.destroy());
}).listen(Number(port), "127.0.0.1");
