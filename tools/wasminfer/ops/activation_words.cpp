// The activations: one line an operator, with the attributes that become members of its functor.
#include "ops/elementwise_words.hpp"

namespace wasminfer::gen {

std::span<const UnaryWord> activation_words()
{
    using namespace types;
    static constexpr UnaryWord words[] = {
        unary_word<celu, floats>("Celu", 12, "celu", {{{"alpha", 1.0f}}}),
        unary_word<elu, floats>("Elu", 1, "elu", {{{"alpha", 1.0f}}}),
        {.type = "Gelu",
         .since = 20,
         .types = floats,
         .functor = "gelu",
         .host = run_unary<gelu, floats>,
         .choice = {"approximate", "none"}},
        {.type = "Gelu",
         .since = 20,
         .types = floats,
         .functor = "gelu_tanh",
         .host = run_unary<gelu_tanh, floats>,
         .choice = {"approximate", "tanh"}},
        unary_word<hard_sigmoid, floats>("HardSigmoid", 1, "hard_sigmoid", {{{"alpha", 0.2f}, {"beta", 0.5f}}}),
        unary_word<hard_swish, floats>("HardSwish", 14, "hard_swish"),
        unary_word<leaky_relu, floats>("LeakyRelu", 1, "leaky_relu", {{{"alpha", 0.01f}}}),
        unary_word<mish, floats>("Mish", 18, "mish"),
        unary_word<relu, signed_numbers>("Relu", 1, "relu"),
        // Opset 6 gave Selu's constants more digits.
        {.type = "Selu",
         .since = 1,
         .until = 5,
         .types = floats,
         .functor = "selu",
         .host = run_unary<selu, floats>,
         .parameters = {{{"alpha", 1.6732f}, {"gamma", 1.0507f}}}},
        unary_word<selu, floats>("Selu", 6, "selu",
                                 {{{"alpha", 1.67326319217681884765625f}, {"gamma", 1.05070102214813232421875f}}}),
        unary_word<shrink, numbers>("Shrink", 9, "shrink", {{{"bias", 0.0f}, {"lambd", 0.5f}}}),
        unary_word<sigmoid, floats>("Sigmoid", 1, "sigmoid"),
        unary_word<softplus, floats>("Softplus", 1, "softplus"),
        unary_word<softsign, floats>("Softsign", 1, "softsign"),
        unary_word<swish, floats>("Swish", 24, "swish", {{{"alpha", 1.0f}}}),
        unary_word<tanh_, floats>("Tanh", 1, "tanh_"),
        unary_word<thresholded_relu, floats>("ThresholdedRelu", 10, "thresholded_relu", {{{"alpha", 1.0f}}}),
    };
    return words;
}

}  // namespace wasminfer::gen
