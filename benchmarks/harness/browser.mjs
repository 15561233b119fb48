// Chromium without a window, and a server for its pages.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/**
 * Serves the folders by the first part of a path, {name: folder}, and `page` as the page itself: {url, close()}. Isolated
 * from other origins, which is what gives a page the finer of Chromium's clocks (5 µs, otherwise 100).
 */
export async function serve(folders, page) {
    const server = http.createServer((request, response) => {
        response.setHeader('cross-origin-opener-policy', 'same-origin');
        response.setHeader('cross-origin-embedder-policy', 'require-corp');
        const [, first, ...rest] = decodeURIComponent(new URL(request.url, 'http://x/').pathname).split('/');
        if (!first) return void response.setHeader('content-type', types['.html']).end(page);
        const folder = Object.hasOwn(folders, first) ? folders[first] : null;
        const file = folder && path.join(folder, ...rest);
        if (!file?.startsWith(path.join(folder, '/')) || !fs.existsSync(file)) return void response.writeHead(404).end();
        response.setHeader('content-type', types[path.extname(file)] ?? 'application/octet-stream');
        response.end(fs.readFileSync(file));
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    return {
        url: `http://127.0.0.1:${server.address().port}/`,
        close() {
            server.closeAllConnections();
            server.close();
        },
    };
}

/** Starts Chromium, driven by the puppeteer-core in folder/node_modules. Throws where there is none. */
export async function launch(folder) {
    const program = programs.find((file) => fs.existsSync(file));
    if (!program) throw new Error('there is no Chromium here');
    const driver = path.join(folder, 'node_modules/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js');
    if (!fs.existsSync(driver)) throw new Error('npm did not install puppeteer-core');
    const { default: puppeteer } = await import(pathToFileURL(driver));
    return puppeteer.launch({
        executablePath: program, headless: true, protocolTimeout: 600000,
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-timer-throttling', '--disable-renderer-backgrounding'],
    });
}

/** Opens page in a browser, has it run `module`'s function `name` on `argument`, and gives what that gives. */
export async function runInPage(browser, url, module, name, argument) {
    const page = await browser.newPage();
    try {
        await page.goto(url);
        return await page.evaluate(async (from, what, given) => (await import(from))[what](given), module, name, argument);
    } finally {
        await page.close();
    }
}
