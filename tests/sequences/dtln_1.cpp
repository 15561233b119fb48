#include "dtln_1.hpp"

#include "sequence.hpp"

int main(int argc, char** argv)
{
    static dtln_1::Model model;
    return wasminfer::test::compare_steps(argc, argv, model, [](auto& generator, int) {
        generator.noise(model.input_2(), 2.0F);
        for (float& x : model.input_2()) {
            x = std::abs(x);
        }
        model.run();
        return model.activation_2();
    });
}
