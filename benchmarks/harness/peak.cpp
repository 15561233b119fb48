// The loops of wasminfer/peak.hpp, for JavaScript.
#include <wasminfer/peak.hpp>

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

EXPORT(additions) float additions(int rounds, float y)
{
    return wasminfer::peak::additions(rounds, y);
}
EXPORT(additions_flops) double additions_flops()
{
    return wasminfer::peak::additions_flops;
}
EXPORT(mixed) float mixed(int rounds, float x, float y)
{
    return wasminfer::peak::mixed(rounds, x, y);
}
EXPORT(mixed_flops) double mixed_flops()
{
    return wasminfer::peak::mixed_flops;
}
