#include <cstdio>
#include <digits.hpp>

int main()
{
    digits::Model model;
    model.image(std::array<float, 64>{});
    model.run();
    std::printf("%d probabilities\n", static_cast<int>(model.probabilities().size()));
}
