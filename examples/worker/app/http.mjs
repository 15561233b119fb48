// What the routes share: how they read and answer, and what they load once.

/** Thrown where a request can't be answered: its status, and why. */
export class Refusal extends Error {
    constructor(status, message, headers = {}) {
        super(message);
        this.status = status;
        this.headers = headers;
    }
}

/** The time between marks, as the header Server-Timing. On Cloudflare's network clocks stand still while code runs, so there
 *  these show waiting alone; CPU time is in the Worker's logs. */
export class Timing {
    #last = performance.now();
    #parts = [];

    mark(name) {
        const now = performance.now();
        this.#parts.push(`${name};dur=${(now - this.#last).toFixed(2)}`);
        this.#last = now;
    }

    toString() {
        return this.#parts.join(', ');
    }
}

export function answer(body, timing, headers = {}) {
    return Response.json(body, { headers: { 'cache-control': 'no-store', ...timing && { 'server-timing': `${timing}` }, ...headers } });
}

/** A function that gives what `load` once gave; where that failed, the next call tries again. */
export function once(load) {
    let loaded;
    return () => loaded ??= load().catch((error) => {
        loaded = undefined;
        throw error;
    });
}

/** Runs a route; what it refuses becomes its status. */
export async function respond(route) {
    try {
        return await route();
    } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return Response.json({ error: error.message }, { status: error.status, headers: error.headers });
    }
}

export function allow(request, ...methods) {
    if (!methods.includes(request.method)) throw new Refusal(405, `this takes ${methods.join(' or ')}`, { allow: methods.join(', ') });
}

/** The body's type, one of these. */
export function contentType(request, ...types) {
    const type = (request.headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();
    if (!types.includes(type)) throw new Refusal(415, `the content-type is one of ${types.join(', ')}`);
    return type;
}

/** The body, of at most so many bytes; no more of it than that is ever held. What goes on a little behind them is read and
 *  dropped: a client that is still sending would not see the answer. */
export async function bytes(request, most) {
    const announced = Number(request.headers.get('content-length'));
    let pieces = announced > most ? null : [];
    let length = 0;
    if (announced <= 4 * most) {
        for await (const piece of request.body ?? []) {
            length += piece.length;
            if (length > most) pieces = null;
            if (length > 4 * most) break;
            pieces?.push(piece);
        }
    }
    if (!pieces) throw new Refusal(413, `at most ${most} bytes are taken`);
    if (pieces.length === 1) return pieces[0];
    const all = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
        all.set(piece, at);
        at += piece.length;
    }
    return all;
}
