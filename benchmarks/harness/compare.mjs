// Whether outputs are right: the rule of `wasminfer verify`.

/** The tolerance of a case without one: that of ONNX's backend tests. */
export const defaultTolerance = { rtol: 1e-3, atol: 1e-7 };

function halfToNumber(bits) {
    const fraction = bits & 1023;
    const exponent = (bits >> 10) & 31;
    const magnitude =
        exponent === 0 ? fraction * 2 ** -24
        : exponent === 31 ? (fraction ? NaN : Infinity)
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return bits & 32768 ? -magnitude : magnitude;
}

/** Element i as a number; float16 may be stored as its bits. */
function element({ type, data }, i) {
    return type === 10 && data instanceof Uint16Array ? halfToNumber(data[i]) : data[i];
}

/**
 * Why a tensor is not what was expected; null where it is. |got - expected| <= atol + rtol * |expected| must hold at each
 * element but a fraction of outliers, which have a bound of their own.
 */
export function difference(got, expected, tolerance = defaultTolerance) {
    if (got.type !== expected.type || got.dims.join() !== expected.dims.join()) {
        return `is of type ${got.type} [${got.dims}], expected ${expected.type} [${expected.dims}]`;
    }
    if (tolerance.skip) return null;
    const { atol = 0, rtol = 0, outliers = { fraction: 0, atol: 0 } } = tolerance;
    let outside = 0;
    let worst = -1;
    let worstExcess = -1;
    for (let i = 0; i < expected.data.length; ++i) {
        let have = element(got, i);
        let want = element(expected, i);
        if (have === want || (Number.isNaN(have) && Number.isNaN(want))) continue;
        have = Number(have);
        want = Number(want);
        const distance = Math.abs(have - want);
        const excess = Number.isFinite(distance) ? distance - (atol + rtol * Math.abs(want)) : Infinity;
        if (excess <= 0) continue;
        const allowed = outliers.fraction > 0 && distance <= outliers.atol + rtol * Math.abs(want);
        outside += allowed ? 1 : expected.data.length + 1;
        if (excess > worstExcess) {
            worstExcess = excess;
            worst = i;
        }
    }
    if (outside <= outliers.fraction * expected.data.length) return null;
    return `element ${worst} is ${element(got, worst)}, expected ${element(expected, worst)}`;
}

/** The first difference among several outputs, named; null where all are right. */
export function firstDifference(outputs, expected) {
    for (const { name, tensor, tolerance } of expected) {
        const got = outputs[name];
        const reason = got ? difference(got, tensor, tolerance) : 'is missing';
        if (reason) return `${name} ${reason}`;
    }
    return null;
}
