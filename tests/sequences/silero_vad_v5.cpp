#include "silero_vad_v5.hpp"

#include "sequence.hpp"

int main(int argc, char** argv)
{
    static silero_vad_v5::Model model;
    return wasminfer::test::compare_steps(argc, argv, model, [](auto& generator, int) {
        generator.noise(model.input(), 0.5F);
        model.run();
        return model.output();
    });
}
