#include "gtcrn_simple.hpp"

#include "sequence.hpp"

int main(int argc, char** argv)
{
    static gtcrn_simple::Model model;
    return wasminfer::test::compare_steps(argc, argv, model, [](auto& generator, int) {
        generator.noise(model.mix(), 0.5F);
        model.run();
        return model.enh();
    });
}
