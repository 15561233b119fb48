// What the tests of modules share: where things are, and running programs. CMakeLists.txt sets the environment.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { MODULES, MODULES_SOURCE, MODULES_GENERATOR, MODULES_PLATFORMS } = process.env;
export const modules = MODULES;
export const source = MODULES_SOURCE;
export const generator = MODULES_GENERATOR;

/** A folder that a test may fill; removed at the end. */
export function temporaryFolder(test) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wasminfer-module-'));
    test.after(() => fs.rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** Runs a program: {status, output}. */
export function run(command, options = {}) {
    const result = spawnSync(command[0], command.slice(1), { encoding: 'utf8', maxBuffer: 1 << 26, timeout: 300000, ...options });
    if (result.error) throw result.error;
    return { status: result.status, output: result.stdout + result.stderr };
}

/** The same where it must succeed: its output. */
export function runOk(command, options) {
    const { status, output } = run(command, options);
    if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}\n${output}`);
    return output;
}

/** A module that make.mjs made: {folder, load, file(end)}. */
export async function open(name) {
    const folder = path.join(modules, name);
    const file = (end) => path.join(folder, fs.readdirSync(folder).find((one) => one.endsWith(end)));
    const { load } = await import(pathToFileURL(path.join(folder, `${name}.mjs`)));
    return { folder, load, file };
}

/** A file of build/platforms/node_modules, or null where tools/setup --platforms has not been run. */
export function platform(...parts) {
    const file = path.join(MODULES_PLATFORMS, 'node_modules', ...parts);
    return fs.existsSync(file) ? file : null;
}

/** The pixels and the digit of each picture of examples/digits. */
export function digits(count) {
    const bytes = fs.readFileSync(path.join(source, 'examples/digits/digits_test.bin'));
    return Array.from({ length: count }, (_, i) => Float32Array.from(bytes.subarray(i * 65, i * 65 + 64)));
}

/** A port of this machine that nobody listens on. */
export async function freePort() {
    const server = net.createServer();
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address();
    await new Promise((done) => server.close(done));
    return port;
}
