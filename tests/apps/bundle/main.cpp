// No build system: generated header, runtime and this file in one folder, and one call of the compiler.
#include "digits.hpp"
#include <cstdio>

int main()
{
    digits::Model model;
    model.image(std::array<float, 64>{});
    model.run();
    std::printf("%d probabilities\n", static_cast<int>(model.probabilities().size()));
}
