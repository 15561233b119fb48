// The digits example by clang's own WebAssembly and wasi-libc, under node:wasi: the bits of every other build.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { generator, run, runOk, source, temporaryFolder } from './support.mjs';

const compiler = process.env.WASMINFER_CXX ?? 'clang++-19';
const words = [compiler, '--target=wasm32-wasi', '-std=c++20', '-O3', '-msimd128', '-fno-exceptions', '-ffp-contract=off'];

// Clang runs the wasm-opt that it finds, so the one that fits comes first.
const binaryen = process.env.EM_BINARYEN_ROOT;
const env = { ...process.env, PATH: `${binaryen ? `${binaryen}/bin:` : ''}${process.env.PATH}` };

/** Whether the compiler has what wasm32-wasi takes, as tools/setup --platforms installs it. */
const hasWasi = run([...words, '-x', 'c++', '-E', '-'], { input: '#include <vector>\n' }).status === 0;

test('digits under node:wasi computes what the others compute', { skip: !hasWasi }, (t) => {
    const folder = temporaryFolder(t);
    const example = path.join(source, 'examples/digits');
    runOk([generator, 'header', path.join(example, 'digits.onnx'), '-o', path.join(folder, 'digits.hpp')]);
    runOk([...words, '-I', folder, '-I', path.join(source, 'include'), '-isystem', path.join(source, 'build/include'), path.join(example, 'main.cpp'), '-o', path.join(folder, 'digits.wasm')], { env });
    fs.writeFileSync(path.join(folder, 'run.mjs'), `import fs from 'node:fs';
        import { WASI } from 'node:wasi';
        const wasi = new WASI({ version: 'preview1', args: ['digits', '/data/digits_test.bin'], preopens: { '/data': ${JSON.stringify(example)} } });
        const module = await WebAssembly.compile(fs.readFileSync(${JSON.stringify(path.join(folder, 'digits.wasm'))}));
        process.exit(wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject())));`);
    const hash = fs.readFileSync(path.join(example, 'expected_hash.txt'), 'utf8').trim();
    assert.match(runOk([process.execPath, path.join(folder, 'run.mjs')]), new RegExp(hash));
});
