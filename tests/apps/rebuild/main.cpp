#include <cstdio>
#include <scale.hpp>

int main()
{
    scale::Model model;
    model.x(std::array{3.0f, 3.0f, 3.0f, 3.0f});
    model.run();
    std::printf("%g\n", static_cast<double>(model.y()[0]));
}
