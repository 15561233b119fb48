// The game in a browser: a canvas, keys, pointers and touch. Before the first key, and after a while without one, the dodger
// plays.
#include <emscripten.h>
#include <emscripten/html5.h>

#include <memory>
#include <optional>

#include "dodger.hpp"
#include "policy.hpp"  // generated from policy.onnx
#include "scene.hpp"
#include "senses.hpp"

// clang-format off
EM_JS(void, show_picture, (const std::uint8_t* rgba, int side), {
    const canvas = document.getElementById('game');
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const pixels = new Uint8ClampedArray(HEAPU8.buffer, rgba, 4 * side * side);
    canvas.getContext('2d', { alpha: false }).putImageData(new ImageData(pixels, side), 0, 0);
})
EM_JS(void, show_text, (const char* id, const char* text), {
    document.getElementById(UTF8ToString(id)).textContent = UTF8ToString(text);
})
EM_JS(void, show_state, (const char* state), { document.body.dataset.state = UTF8ToString(state); })
// A number of the page's address, ?seed=7, or -1.
EM_JS(int, asked, (const char* name), {
    const value = new URLSearchParams(location.search).get(UTF8ToString(name));
    return value === null ? -1 : Number(value) | 0;
})
EM_JS(int, canvas_pixels, (void), {
    const canvas = document.getElementById('game');
    return Math.max(256, Math.min(960, Math.round(canvas.clientWidth * devicePixelRatio))) & ~3;
})
// clang-format on

namespace {

using namespace ember;

enum class State { demo, playing, over };

struct App {
    policy::Model model;
    Scene scene{canvas_pixels()};
    std::optional<World> world;
    Dodger dodger;
    State state = State::demo;
    std::uint64_t seed = 1;
    int ended = 0;  // frames ago
    int best = 0;
    // What the player asks for.
    bool left = false, right = false, up = false, down = false, burst = false;
    std::optional<Vec> goal;  // where the pointer is
    // Time, in ms.
    double last_frame = 0, debt = 0, thinking = 0, since = 0;
    double steps = 0;
    int frames = 0;

    void start(State to);
    Move move();
    void step_once();
    void frame(double now);
    void show_score();
    void show_speed(double now);
};

App* app;

void say(const char* id, const char* format, auto... values)
{
    char text[160];
    std::snprintf(text, sizeof text, format, values...);
    show_text(id, text);
}

void App::start(State to)
{
    state = to;
    world.emplace(seed++);
    ended = 0;
    burst = false;
    show_state(to == State::demo ? "demo" : "playing");
}

Move App::move()
{
    if (state == State::demo) {
        return dodger(*world);
    }
    Move move{.burst = burst};
    burst = false;
    const auto axis = [](bool less, bool more) { return static_cast<float>(more) - static_cast<float>(less); };
    const Vec keys{axis(left, right), axis(up, down)};
    const Vec want = goal ? (*goal - world->ember) * 0.2f : keys;
    const float size = length(want);
    move.direction = want * (size > 1 ? 1 / size : 1.0f);
    return move;
}

void App::step_once()
{
    Frames looked;
    Vec wish[moths];
    observe(*world, looked, model.seen());
    const double before = emscripten_get_now();
    model.run();
    thinking += emscripten_get_now() - before;
    ++steps;
    follow(looked, model.answer(), wish);
    world->step(move(), wish);
}

void App::show_score()
{
    static constexpr const char* lights[flames + 1] = {"○○○", "●○○", "●●○", "●●●"};
    say("score", "%s  %d / %d sparks", lights[world->flames_left], world->gathered, sparks_to_win);
    say("night", "dawn in %d s", (dawn - world->time + steps_a_second - 1) / steps_a_second);
    show_text("burst", world->charge == sparks_a_burst ? "burst!" : "");
}

void App::show_speed(double now)
{
    if (now - since >= 500 && frames > 0 && steps > 0) {
        say("speed", "%d decisions a frame, %.0f µs · %.0f frames a second", moths, 1000 * thinking / steps,
            1000 * frames / (now - since));
        // The mean of some seconds: a browser's clock may tick once a millisecond.
        thinking *= 0.875;
        steps *= 0.875;
        frames = 0;
        since = now;
    }
}

void App::frame(double now)
{
    constexpr double step_time = 1000.0 / steps_a_second;
    const double passed = now - last_frame;
    last_frame = now;
    // A screen at 60 Hz, or nearly, gets a step a frame; any other as many as the time asks for, if not more than four.
    debt = std::abs(passed - step_time) < 1.5 ? step_time : std::min(debt + passed, 4 * step_time);
    for (; debt >= step_time; debt -= step_time) {
        step_once();
    }
    if (canvas_pixels() != scene.picture().pixels()) {
        scene.resize(canvas_pixels());
    }
    scene.draw(*world);
    show_picture(scene.picture().rgba().data(), scene.picture().pixels());
    ++frames;
    if (frames % 6 == 0) {
        show_score();
    }
    show_speed(now);
    if (world->outcome != Outcome::playing && ended++ == 0) {
        show_score();
        if (state == State::playing) {
            state = State::over;
            best = std::max(best, world->gathered);
            const bool lost = world->outcome == Outcome::moths_win;
            say("title", "%s",
                lost                  ? "The moths put you out"
                : world->time == dawn ? "Dawn: you are still there"
                                      : "All sparks gathered");
            say("again", "%d sparks, at best %d. Click, tap or press a key for another night.", world->gathered, best);
            show_state("over");
        }
    }
    if (state == State::demo && ended > 120) {
        start(State::demo);
    }
}

/// Any key or click: begins a night, or bursts. A game that ended stays to be looked at for a moment.
void act()
{
    if (app->state == State::playing) {
        app->burst = true;
    } else if (app->state == State::demo || app->ended > 30) {
        app->start(State::playing);
    }
}

bool on_key(int type, const EmscriptenKeyboardEvent* event, void*)
{
    const bool down = type == EMSCRIPTEN_EVENT_KEYDOWN;
    const std::string_view key = event->code;
    bool* held = key == "ArrowLeft" || key == "KeyA"    ? &app->left
                 : key == "ArrowRight" || key == "KeyD" ? &app->right
                 : key == "ArrowUp" || key == "KeyW"    ? &app->up
                 : key == "ArrowDown" || key == "KeyS"  ? &app->down
                                                        : nullptr;
    const bool acts = key == "Space" || key == "Enter";
    if ((!held && !acts) || event->ctrlKey || event->altKey || event->metaKey) {
        return false;
    }
    if (held) {
        *held = down;
        app->goal.reset();
    }
    if (down && !event->repeat && (acts || app->state != State::playing)) {
        act();
    }
    return true;
}

void aim(long x, long y)
{
    double width = 1, height = 1;
    emscripten_get_element_css_size("#game", &width, &height);
    const auto pixels = static_cast<float>(app->scene.picture().pixels());
    app->goal = app->scene.picture().to_clearing({static_cast<float>(x) * pixels / static_cast<float>(width),
                                                  static_cast<float>(y) * pixels / static_cast<float>(height)});
}

bool on_mouse(int type, const EmscriptenMouseEvent* event, void*)
{
    aim(event->targetX, event->targetY);
    if (type != EMSCRIPTEN_EVENT_MOUSEDOWN) {
        return true;
    }
    act();
    return false;  // a frame in another page gets the keys by the click's default
}

/// One finger leads, a second one bursts.
bool on_touch(int type, const EmscriptenTouchEvent* event, void*)
{
    aim(event->touches[0].targetX, event->touches[0].targetY);
    if (type == EMSCRIPTEN_EVENT_TOUCHSTART && (app->state != State::playing || event->numTouches > 1)) {
        act();
    }
    return true;
}

bool on_frame(double now, void*)
{
    app->frame(now);
    return true;
}

/// ?seed=7&steps=600: the dodger's game of that seed as it is after so many steps, and nothing moves any more.
void hold(int steps)
{
    for (int i = 0; i < steps; ++i) {
        app->step_once();
        if (i + 40 > steps) {
            app->scene.draw(*app->world);
        }
    }
    show_picture(app->scene.picture().rgba().data(), app->scene.picture().pixels());
    app->show_score();
    show_state("held");
}

}  // namespace

int main()
{
    static App the_app;
    app = &the_app;
    const int seed = asked("seed"), steps = asked("steps");
    app->seed = static_cast<std::uint64_t>(seed >= 0 ? seed : static_cast<int>(emscripten_random() * 0x1p30f));
    app->start(State::demo);
    if (steps >= 0) {
        hold(steps);
        return 0;
    }
    emscripten_set_keydown_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, nullptr, true, on_key);
    emscripten_set_keyup_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, nullptr, true, on_key);
    emscripten_set_mousemove_callback("#game", nullptr, true, on_mouse);
    emscripten_set_mousedown_callback("#game", nullptr, true, on_mouse);
    emscripten_set_touchstart_callback("#game", nullptr, true, on_touch);
    emscripten_set_touchmove_callback("#game", nullptr, true, on_touch);
    app->since = app->last_frame = emscripten_get_now();
    emscripten_request_animation_frame_loop(on_frame, nullptr);
}
