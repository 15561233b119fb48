#include "silero_vad_16k_op15.hpp"

#include "sequence.hpp"

int main(int argc, char** argv)
{
    static silero_vad_16k_op15::Model model;
    return wasminfer::test::compare_steps(argc, argv, model, [](auto& generator, int) {
        generator.noise(model.input(), 0.5F);
        model.run();
        return model.output();
    });
}
