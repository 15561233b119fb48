// POST /faces, /digit, /voice/SESSION; GET /health. README.md says what they take and answer.
import { allow, answer, Refusal, respond } from './http.mjs';
import { digitRoute, facesRoute, pictureMemory } from './picture.mjs';
import { voiceMemory, voiceRoute } from './voice.mjs';
import release from './release.mjs';

export { Voice } from './voice.mjs';

function health(request) {
    allow(request, 'GET', 'HEAD');
    return answer({ status: 'ok', ...release, memory: pictureMemory() + voiceMemory() });
}

export default {
    fetch(request, env) {
        const url = new URL(request.url);
        return respond(async () => {
            if (url.pathname === '/faces') return facesRoute(request, url);
            if (url.pathname === '/digit') return digitRoute(request, url);
            if (url.pathname.startsWith('/voice/')) return voiceRoute(request, url, env);
            if (url.pathname === '/health') return health(request);
            throw new Refusal(404, 'there are /faces, /digit, /voice/SESSION and /health');
        });
    },
};
