// A server for the tests in browsers, and the browsers.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { platform } from './support.mjs';

const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm', '.bin': 'application/octet-stream', '.css': 'text/css' };

/**
 * Serves folder: {url, hits: requests by path, close()}. Nothing may be kept by the browser's own cache. isolated: with
 * the headers that cross-origin isolation wants. answer(path, response) may answer instead, and says so by true.
 */
export async function serve(test, folder, { isolated = false, answer = () => false } = {}) {
    const hits = {};
    const server = http.createServer((request, response) => {
        const name = decodeURIComponent(new URL(request.url, 'http://x/').pathname);
        hits[name] = (hits[name] ?? 0) + 1;
        response.setHeader('cache-control', 'no-store');
        if (isolated) {
            response.setHeader('cross-origin-opener-policy', 'same-origin');
            response.setHeader('cross-origin-embedder-policy', 'require-corp');
        }
        if (answer(name, response)) return;
        const file = path.join(folder, name === '/' ? 'index.html' : name);
        if (name === '/' && !fs.existsSync(file)) return void response.setHeader('content-type', 'text/html').end('<!doctype html><title>module</title>');
        if (!fs.existsSync(file)) return void response.writeHead(404).end();
        response.setHeader('content-type', types[path.extname(file)] ?? 'application/octet-stream');
        response.end(fs.readFileSync(file));
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    const close = () => { server.closeAllConnections(); server.close(); };
    test.after(close);
    return { url: `http://127.0.0.1:${server.address().port}/`, hits, close };
}

const puppeteer = platform('puppeteer-core', 'package.json');
const programs = { chromium: '/usr/bin/chromium', firefox: '/usr/bin/firefox-esr' };

/** Whether a browser is there, and what drives it. */
export const hasBrowser = (name) => Boolean(puppeteer) && fs.existsSync(programs[name]);

/** Starts a browser; closed when the test ends. */
export async function launch(test, name) {
    const { default: driver } = await import(pathToFileURL(path.join(path.dirname(puppeteer), 'lib/esm/puppeteer/puppeteer-core.js')));
    const browser = await driver.launch({
        browser: name === 'firefox' ? 'firefox' : 'chrome',
        executablePath: programs[name],
        args: name === 'chromium' ? ['--no-sandbox', '--disable-gpu'] : [],
        headless: true,
    });
    test.after(() => browser.close());
    return browser;
}
