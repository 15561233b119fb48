// What is made of times: the least, the middle, and means of ratios.

export function minimum(numbers) {
    return numbers.reduce((a, b) => Math.min(a, b), Infinity);
}

export function median(numbers) {
    const sorted = [...numbers].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(numbers) {
    return numbers.length ? Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length) : NaN;
}

/** Calls that one measurement must do to last `seconds`, where one takes `once`. */
export function callsFor(seconds, once) {
    return Math.max(1, Math.min(100000, Math.ceil(seconds / Math.max(once, 1e-9))));
}
