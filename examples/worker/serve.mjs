// Serves a staged Worker under workerd: serve.mjs FOLDER [PORT]. The tests serve theirs so.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const kinds = { '.mjs': 'esModule', '.wasm': 'wasm', '.bin': 'data' };

/** The Worker's modules: [{name, kind}], worker.mjs first. */
export function modules(folder) {
    const files = fs.readdirSync(folder, { recursive: true }).filter((name) => kinds[path.extname(name)]).sort();
    const names = ['worker.mjs', ...files.filter((name) => name !== 'worker.mjs')];
    return names.map((name) => ({ name, kind: kinds[path.extname(name)] }));
}

/** What wrangler.toml says, as workerd wants it; sessions live in memory. */
export function configuration(folder, port, v8Flags) {
    const list = modules(folder).map(({ name, kind }) => `(name = "${name}", ${kind} = embed "${name}")`);
    const settings = fs.readFileSync(path.join(folder, 'wrangler.toml'), 'utf8');
    const date = /^compatibility_date = "(.*)"$/m.exec(settings)[1];
    const objects = [...settings.matchAll(/^name = "(.*)"\nclass_name = "(.*)"$/gm)];
    const namespaces = objects.map(([, , type]) => `(className = "${type}", uniqueKey = "${type}", enableSql = true)`);
    const bindings = objects.map(([, name, type]) => `(name = "${name}", durableObjectNamespace = "${type}")`);
    return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
    v8Flags = ${JSON.stringify(v8Flags)},
    services = [(name = "main", worker = .worker)],
    sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
    modules = [
        ${list.join(',\n        ')}
    ],
    compatibilityDate = "${date}",
    durableObjectNamespaces = [${namespaces.join(', ')}],
    durableObjectStorage = (inMemory = void),
    bindings = [${bindings.join(', ')}],
);
`;
}

/** Starts workerd: its process. */
export function serve(workerd, folder, port, v8Flags = []) {
    const file = path.join(folder, 'workerd.capnp');
    fs.writeFileSync(file, configuration(folder, port, v8Flags));
    return spawn(workerd, ['serve', file], { stdio: ['ignore', 'inherit', 'inherit'] });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const [folder, port = '8787'] = process.argv.slice(2);
    const workerd = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../build/platforms/node_modules/@cloudflare/workerd-linux-64/bin/workerd');
    if (!folder || !fs.existsSync(workerd)) {
        console.error(folder ? 'workerd is missing: tools/setup --platforms installs it' : 'usage: serve.mjs FOLDER [PORT]');
        process.exit(2);
    }
    const server = serve(workerd, folder, port);
    console.log(`http://127.0.0.1:${port}/health`);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill());
    server.on('exit', (status) => process.exit(status ?? 0));
}
