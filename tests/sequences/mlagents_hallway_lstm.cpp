#include "mlagents_hallway_lstm.hpp"

#include <algorithm>

#include "sequence.hpp"

int main(int argc, char** argv)
{
    static mlagents_hallway_lstm::Model model;
    return wasminfer::test::compare_steps(argc, argv, model, [](auto& generator, int) {
        generator.noise(model.obs_0(), 1.0F);
        generator.noise(model.obs_1(), 1.0F);
        std::ranges::fill(model.action_masks(), 1.0F);
        model.run();
        return model.v74();
    });
}
