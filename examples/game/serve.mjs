// Serves a folder on this machine, as any static file server would: node serve.mjs FOLDER [PORT]
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const types = {
    '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json',
    '.wasm': 'application/wasm', '.png': 'image/png',
};
const folder = path.resolve(process.argv[2] ?? '.'), port = Number(process.argv[3] ?? 8000);

http.createServer((request, response) => {
    // The URL's own parser leaves no way out of the folder.
    const asked = path.join(folder, new URL(request.url, 'http://x/').pathname);
    const file = asked.endsWith(path.sep) ? path.join(asked, 'index.html') : asked;
    fs.readFile(file, (error, content) => {
        if (error) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('not there\n');
        response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream', 'cache-control': 'no-cache' }).end(content);
    });
}).listen(port, '127.0.0.1', function () {
    console.log(`${folder} at http://127.0.0.1:${this.address().port}/ (Ctrl-C ends)`);
});
