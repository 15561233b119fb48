// Makes a module of a model: header, then wasm, in a folder of its own under build/. What did not change is not made again.
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const builds = { simd: ['-msimd128'], relaxed: ['-msimd128', '-mrelaxed-simd'] };

/** What setup found, from build/toolchain.env. */
export function readToolchain(root) {
    const file = path.join(root, 'build/toolchain.env');
    const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
    const settings = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    return { ...settings, root, generator: path.join(root, 'build/bin/wasminfer') };
}

/** Runs a program; its standard output, or an error with what it said. */
export function runProgram(command, options = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(command[0], command.slice(1), { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
        const out = [];
        const all = [];
        child.stdout.on('data', (bytes) => { out.push(bytes); all.push(bytes); });
        child.stderr.on('data', (bytes) => all.push(bytes));
        child.on('error', reject);
        child.on('close', (code, signal) => {
            if (code === 0) resolve(Buffer.concat(out).toString());
            else reject(new Error(`${path.basename(command[0])} ended with ${signal ?? code}\n${Buffer.concat(all)}`));
        });
    });
}

const hash = (...parts) => parts.reduce((h, part) => h.update(part).update('\0'), createHash('sha256')).digest('hex');

const cppTypes = {
    float: 1, 'std::uint8_t': 2, 'std::int8_t': 3, 'std::uint16_t': 4, 'std::int16_t': 5, 'std::int32_t': 6, 'std::int64_t': 7,
    bool: 9, 'wasminfer::half': 10, double: 11, 'std::uint32_t': 12, 'std::uint64_t': 13,
};

/** The accessors of a generated header, in the graph's order: {inputs, outputs}, {accessor, type, rank} each. */
export function readFace(header) {
    const face = { inputs: [], outputs: [] };
    const accessor = /\n {4}wasminfer::(?:free_)?tensor_view<(const )?([\w:]+)(?:, \d+)*> (\w+)\(\) (?:const )?noexcept\n[\s\S]*?std::array<wasminfer::index, (\d+)> /g;
    for (const [, constant, type, member, rank] of header.matchAll(accessor)) {
        if (!cppTypes[type]) throw new Error(`the header has elements of type ${type}`);
        (constant ? face.outputs : face.inputs).push({ accessor: member, type: cppTypes[type], rank: Number(rank) });
    }
    return face;
}

/** The program around a header: places for arena and weights, and exports that say where inputs and outputs are. */
export function programText(face, hasWeights) {
    const cases = (values, text) => values.map((value, i) => `    case ${i}: return ${text(value)};\n`).join('');
    return `#include "model.hpp"

namespace {

using measured::Model;
alignas(Model::arena_alignment) std::byte arena[Model::arena_bytes];
${hasWeights ? 'alignas(64) std::byte weights[sizeof(wasminfer::weights_header) + Model::weights_bytes];\n' : ''}Model model{arena};

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

EXPORT(place_of_weights) void* place_of_weights()
{
    return ${hasWeights ? 'weights' : 'nullptr'};
}
EXPORT(load) bool load()
{
    return ${hasWeights ? 'model.load_weights(weights) == wasminfer::weights_status::ok && ' : ''}model.ready();
}
EXPORT(run) void run()
{
    model.run();
}
EXPORT(place_of_input) void* place_of_input(int i)
{
    switch (i) {
${cases(face.inputs, ({ accessor }) => `model.${accessor}().data()`)}    default: return nullptr;
    }
}
EXPORT(place_of_output) const void* place_of_output(int i)
{
    switch (i) {
${cases(face.outputs, ({ accessor }) => `model.${accessor}().data()`)}    default: return nullptr;
    }
}
EXPORT(extent_of_output) double extent_of_output(int i, [[maybe_unused]] std::size_t axis)
{
    switch (i) {
${cases(face.outputs, ({ accessor, rank }) => (rank ? `static_cast<double>(model.${accessor}_shape()[axis])` : '1'))}    default: return 0;
    }
}
`;
}

/**
 * A hash over a program's sources, those of the compiler's dependency file ("out: a b \\\n c"), which ran in `folder`. What lies
 * in the folder `except` does not count.
 */
export function hashOfDependencies(file, folder, except = null) {
    const sources = fs.readFileSync(file, 'utf8').replace(/\\\n/g, ' ').replace(/^[^:]*:/, '').trim().split(/\s+/);
    const counted = sources.map((source) => path.resolve(folder, source)).filter((source) => path.dirname(source) !== except);
    return hash(...counted.map((source) => (fs.existsSync(source) ? fs.readFileSync(source) : '')));
}

const compiler = (toolchain, flags) => [
    toolchain.WASMINFER_EMXX, '-std=c++20', '-O3', '-DNDEBUG', '-ffp-contract=off', '-fno-exceptions', '-fno-rtti',
    '-I', path.join(toolchain.root, 'include'), '-isystem', toolchain.WASMINFER_SYSTEM_INCLUDE, ...flags,
];
const linking = (toolchain) => ['--no-entry', '-sINITIAL_HEAP=0', ...(toolchain.WASMINFER_EMXX_FLAGS ?? '').split(' ').filter(Boolean)];

/** Precompiles a header, whose name ends in .hpp, for quick compilations by the same flags: its file. */
export async function precompile(toolchain, header, build) {
    const file = header.replace(/hpp$/, `${build}.pch`);
    await runProgram([...compiler(toolchain, builds[build]), '-x', 'c++-header', header, '-o', file], { env: { ...process.env, ...toolchain } });
    return file;
}

/**
 * The commands that compile source to a .wasm without glue. By way of a precompiled header it is quick: Binaryen, which is a
 * script here and takes longer than the compiler, is left out; it shrinks code and leaves loops over vectors as they are.
 */
function commandsOf(toolchain, source, wasm, flags, precompiled) {
    const dependencies = ['-MD', '-MF', `${wasm}.d`];
    const [from, object] = [path.basename(source), `${wasm}.o`];
    return precompiled
        ? [
            [...compiler(toolchain, flags), ...dependencies, '-include-pch', precompiled, '-c', from, '-o', object],
            [toolchain.WASMINFER_EMXX, '-O1', object, '-o', wasm, ...linking(toolchain), ...flags],
        ]
        : [[...compiler(toolchain, []), ...dependencies, from, '-o', wasm, ...linking(toolchain), ...flags]];
}

/** Compiles source to a .wasm without glue, where it or what it includes changed. */
export async function compileModule(toolchain, source, wasm, flags, precompiled = null) {
    const commands = commandsOf(toolchain, source, wasm, flags, precompiled);
    const stamp = `${wasm}.stamp`;
    // Of a precompiled header, what it includes is among the dependencies; itself, it may have been made for other modules too.
    const state = () => hash(JSON.stringify(commands), hashOfDependencies(`${wasm}.d`, path.dirname(source), precompiled && path.dirname(precompiled)));
    if ([wasm, stamp, `${wasm}.d`].every((file) => fs.existsSync(file)) && fs.readFileSync(stamp, 'utf8') === state()) return;
    fs.rmSync(stamp, { force: true });
    for (const command of commands) await runProgram(command, { cwd: path.dirname(source), env: { ...process.env, ...toolchain } });
    fs.writeFileSync(stamp, state());
}

/** Compiles source anew, by the command that compileModule() has: {seconds, processorSeconds, megabytes}. */
export async function measureCompiler(toolchain, source, wasm, flags) {
    const [command] = commandsOf(toolchain, source, wasm, flags);
    // Nobody but the parent learns what a process and its children cost, and Node doesn't ask.
    const cost = 'import resource as r, subprocess as s, sys, time as t; b = t.time(); c = s.call(sys.argv[1:]); '
        + 'u = r.getrusage(r.RUSAGE_CHILDREN); print(t.time() - b, u.ru_utime + u.ru_stime, u.ru_maxrss / 1024); sys.exit(c)';
    const output = await runProgram(['python3', '-c', cost, ...command], { cwd: path.dirname(source), env: { ...process.env, ...toolchain } });
    const [seconds, processorSeconds, megabytes] = output.trim().split('\n').at(-1).split(' ').map(Number);
    return { seconds, processorSeconds, megabytes };
}

/** What `inspect --json` says of a model. */
export async function inspect(toolchain, model, options = []) {
    return JSON.parse(await runProgram([toolchain.generator, 'inspect', model, '--json', ...options]));
}

/** Operators that compute on quantised activations, or make them (DequantizeLinear alone: weights are stored so). */
export const isQuantised = (operator) => /QLinear|QuantizeLinear|Integer$/.test(operator);

/**
 * Writes a model's header and a program around it into folder: {face, macs, integers, weights, header, source}, files as paths
 * (weights null where there are none); integers: whether it computes on quantised activations. options: of
 * `wasminfer header`. Throws with the generator's words.
 */
export async function generateModel(toolchain, model, folder, options) {
    fs.mkdirSync(folder, { recursive: true });
    const header = path.join(folder, 'model.hpp');
    await runProgram([toolchain.generator, 'header', model, '-o', header, '--name', 'measured', '--weights', 'file', ...options]);
    const text = fs.readFileSync(header, 'utf8');
    const face = readFace(text);
    const hasWeights = text.includes('load_weights(');
    const source = path.join(folder, 'module.cpp');
    fs.writeFileSync(source, programText(face, hasWeights));
    const { macs, operators } = await inspect(toolchain, model, options);
    return { face, macs, integers: Object.keys(operators).some(isQuantised), weights: hasWeights ? path.join(folder, 'model.weights') : null, header, source };
}

/**
 * Builds a model in folder: generateModel()'s, and modules: {simd, relaxed}, as paths. Throws with the generator's or the compiler's words.
 */
export async function buildModel(toolchain, model, folder, options, wanted = Object.keys(builds)) {
    const generated = await generateModel(toolchain, model, folder, options);
    return { ...generated, modules: await compileBuilds(toolchain, generated.source, wanted) };
}

/** The program's modules, beside it: {simd, relaxed}, as paths. precompiled: a header for each of them, or none. */
export async function compileBuilds(toolchain, source, wanted, precompiled = {}) {
    const modules = {};
    for (const build of wanted) {
        modules[build] = path.join(path.dirname(source), `${build}.wasm`);
        await compileModule(toolchain, source, modules[build], builds[build], precompiled[build]);
    }
    return modules;
}
