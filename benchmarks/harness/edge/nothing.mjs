// A Worker that reads a body and computes nothing: what the others' figures hold that is not theirs.
export default {
    async fetch(request) {
        await request.arrayBuffer();
        return new Response('');
    },
};
