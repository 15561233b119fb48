// Builds modules of many kernel shapes at once, before anything is measured.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compileBuilds, generateModel, precompile } from './build.mjs';
import { generatorOptions, readCase } from './cases.mjs';
import { writeShapeCase } from './shapes.mjs';

/** Runs work on each of a list, as many at a time as there are processors: the results in order. */
export async function inParallel(list, work) {
    const results = [];
    let next = 0;
    const one = async () => {
        while (next < list.length) {
            const i = next++;
            results[i] = await work(list[i], i);
        }
    };
    await Promise.all(Array.from({ length: os.availableParallelism() }, one));
    return results;
}

/** What several headers include of the library and the standard one, as text. */
export function commonIncludes(texts) {
    return [...new Set(texts.flatMap((text) => text.match(/^#include <.*>$/gm) ?? []))].join('\n') + '\n';
}

/**
 * Cases and modules of shapes in folders below `place`, images channels-last in both: {folder, built} for each, or {folder,
 * failure}. What their headers include is compiled once.
 */
export async function buildKernels(toolchain, shapes, place, wanted, progress = () => {}) {
    const made = await inParallel(shapes, async (shape, i) => {
        progress(`case ${i + 1} of ${shapes.length}`);
        const folder = writeShapeCase(place, shape);
        const layout = shape.window ? ['--input-layout', 'x=nhwc', '--output-layout', 'y=nhwc'] : [];
        try {
            return { folder, built: await generateModel(toolchain, path.join(folder, 'model.onnx'), folder, [...generatorOptions(folder, readCase(folder)), ...layout]) };
        } catch (error) {
            return { folder, failure: error };
        }
    });
    const header = path.join(place, 'kernels.hpp');
    fs.writeFileSync(header, commonIncludes(made.filter(({ built }) => built).map(({ built }) => fs.readFileSync(built.header, 'utf8'))));
    const precompiled = Object.fromEntries(await Promise.all(wanted.map(async (build) => [build, await precompile(toolchain, header, build)])));
    return inParallel(made, async ({ folder, built, failure }, i) => {
        progress(`module ${i + 1} of ${shapes.length}`);
        if (failure) return { folder, failure };
        try {
            return { folder, built: { ...built, modules: await compileBuilds(toolchain, built.source, wanted, precompiled) } };
        } catch (error) {
            return { folder, failure: error };
        }
    });
}
