#include "stories260k_decode.hpp"

#include "sequence.hpp"

int main(int argc, char** argv)
{
    static stories260k_decode::Model model;
    return wasminfer::test::compare_steps(argc, argv, model, [](auto& generator, int number) {
        model.input_ids()[0] = generator.whole(512);
        model.position_ids()[0] = number;
        return model.run() ? model.logits() : decltype(model.logits()){nullptr};
    });
}
