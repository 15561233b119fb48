// Draws the world: moths by the light of the ember, sparks, flares, and what flies off when something happens.
#pragma once

#include <vector>

#include "screen.hpp"

namespace ember {

class Scene {
public:
    explicit Scene(int pixels) : screen{pixels} {}

    void resize(int pixels) { screen = Screen{pixels}; }
    const Screen& picture() const { return screen; }

    /// One frame. Drawn after every step, trails come by themselves.
    void draw(const World& world)
    {
        notice(world);
        screen.fade();
        draw_chips();
        const float flicker = 0.9f + 0.1f * random.unit();
        for (const Moth& moth : world.moth) {
            draw_moth(moth, world);
        }
        for (const Vec spark : world.spark) {
            screen.glow(spark, 2.6f, Colour{120, 84, 10} * flicker);
        }
        if (world.flames_left > 0) {
            screen.glow(world.ember, 3.0f, {90, 44, 8});
        }
        screen.finish();
        for (const Vec spark : world.spark) {
            screen.shine(spark, 7, Colour{90, 62, 12} * flicker);
            screen.shine(spark, 1.3f, {255, 240, 190});
        }
        draw_ember(world, flicker);
        if (ring < 40) {
            draw_ring();
        }
    }

private:
    struct Chip {
        Vec at, speed;
        Colour colour;
        int left;
    };
    Screen screen;
    Random random{1};
    std::vector<Chip> chips;
    Vec last_spark[sparks] = {}, ring_at;
    int last_time = 0, last_flare = 0, last_flames = flames, ring = 99;

    void burst_of_chips(Vec at, int count, float speed, Colour colour)
    {
        for (int i = 0; i < count; ++i) {
            chips.push_back({at, random.disc(speed), colour, 20 + static_cast<int>(random.next() % 25)});
        }
    }

    /// What has happened since the last frame.
    void notice(const World& world)
    {
        if (world.time > last_time) {
            for (int i = 0; i < sparks; ++i) {
                if (world.spark[i].x != last_spark[i].x) {
                    burst_of_chips(last_spark[i], 24, 26, {200, 150, 40});
                }
            }
            if (world.flare > last_flare) {
                const bool touched = world.flames_left < last_flames;
                burst_of_chips(world.ember, touched ? 120 : 60, 60,
                               touched ? Colour{230, 50, 20} : Colour{250, 160, 60});
                ring = 0;
                ring_at = world.ember;
            }
        }
        std::ranges::copy(world.spark, last_spark);
        last_time = world.time;
        last_flare = world.flare;
        last_flames = world.flames_left;
        ++ring;
    }

    void draw_chips()
    {
        for (Chip& chip : chips) {
            chip.at = chip.at + chip.speed * dt;
            chip.speed = chip.speed * 0.95f;
            --chip.left;
            screen.glow(chip.at, 1.1f, chip.colour * (static_cast<float>(chip.left) / 45));
        }
        std::erase_if(chips, [](const Chip& chip) { return chip.left <= 0; });
    }

    void draw_moth(const Moth& moth, const World& world)
    {
        const float distance = length(moth.at - world.ember), speed = length(moth.speed);
        const float lit = distance < 45 ? 1 - distance / 45 : 0.0f;
        const Colour body = Colour{34, 62, 120} + Colour{130, 60, -50} * lit;
        const Vec ahead = moth.speed * (1 / (speed + 1)), aside{-ahead.y, ahead.x};
        // Wings beat, each moth's at its own pace.
        const auto phase = static_cast<float>((world.time + 7 * static_cast<int>(&moth - world.moth)) % 10);
        const float beat = 0.5f + 0.16f * std::abs(phase - 5);
        screen.glow(moth.at, 1.7f, body * 0.8f);
        for (const float wing : {-beat, beat}) {
            screen.glow(moth.at + aside * (1.5f * wing) - ahead * 0.4f, 1.1f, body * 1.1f);
        }
        screen.glow(moth.at + ahead * 0.3f, 0.8f, Colour{120, 140, 150} + body);
    }

    void draw_ember(const World& world, float flicker)
    {
        const float strength = static_cast<float>(world.flames_left) / flames;
        if (strength <= 0) {
            return;
        }
        const bool blink = world.safe > 0 && world.safe / 6 % 2 == 1;
        const float power = flicker * (blink ? 0.5f : 1.0f);
        screen.shine(world.ember, 22 + 16 * strength, Colour{70, 34, 10} * power);
        screen.shine(world.ember, 8, Colour{190, 84, 20} * power);
        screen.shine(world.ember, 2.6f, Colour{255, 235, 190} * power);
        // Sparks towards the next burst go round it.
        Vec place{5.5f, 0};
        for (int i = 0; i < world.charge; ++i) {
            screen.shine(world.ember + place, world.charge == sparks_a_burst ? 1.6f : 1.2f, {255, 210, 90});
            place = {-place.y, place.x};
        }
    }

    void draw_ring()
    {
        const float radius = burst_radius * (1 - 1 / (1 + 0.12f * static_cast<float>(ring)));
        const float strength = 1 - static_cast<float>(ring) / 40;
        // A turn by one in 96, again and again.
        Vec place{radius, 0};
        for (int i = 0; i < 96; ++i) {
            screen.shine(ring_at + place, 2.2f, Colour{150, 80, 30} * strength);
            place = {place.x * 0.99785892f - place.y * 0.06540313f, place.y * 0.99785892f + place.x * 0.06540313f};
        }
    }
};

}  // namespace ember
